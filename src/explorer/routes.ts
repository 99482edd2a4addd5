/**
 * The table of routes: everything that is served besides the page's files. Each family has a file in
 * `api/`; a new route is declared there (`route.ts`) and is served, checked and documented from that.
 */
import { artifactRoutes } from './api/artifacts.ts';
import { auditRoutes } from './views/audit-thread.ts';
import { bookRoutes } from './api/books.ts';
import { describedRoutes } from './api/documents.ts';
import { entryRoutes } from './api/entries.ts';
import { explainedRoutes } from './api/explained.ts';
import { proofRoutes } from './api/proofs.ts';
import { serviceRoutes } from './api/service.ts';
import type { Route } from './route.ts';
import { tileRoutes } from './tiles/routes.ts';
import { viewRoutes } from './views/routes.ts';

/** What other programs may rely on; described in OpenAPI. */
export const apiRoutes: readonly Route[] = describedRoutes([
  ...bookRoutes,
  ...entryRoutes,
  ...proofRoutes,
  ...tileRoutes,
  ...artifactRoutes,
  ...explainedRoutes,
  ...serviceRoutes,
]);

/** With what the page alone asks for. */
export const routes: readonly Route[] = [...apiRoutes, ...viewRoutes, ...auditRoutes];
