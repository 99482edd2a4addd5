/** How an export that is refused ends its verb: with the code, and what to do about it. */
import type { ExportRefusal } from '../../roles/exports/refusal.ts';
import { adviceOn } from '../../roles/exports/refusal.ts';
import { EXIT, Exit } from '../terminal/exit.ts';

export const refused = ({ code, message }: ExportRefusal): Exit =>
  new Exit(EXIT.failed, `refused: ${code}: ${message}. ${adviceOn(code)}`);
