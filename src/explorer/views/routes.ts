/** All views, and their tables as files. */
import type { Route } from '../route.ts';
import { csvViews } from './csv-views.ts';
import { logViews } from './log-views.ts';
import { rewardViews } from './reward-views.ts';
import { runViews } from './run-views.ts';

export const viewRoutes: readonly Route[] = [...runViews, ...rewardViews, ...logViews, ...csvViews];
