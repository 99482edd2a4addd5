/**
 * What all step queues promise alike. An addressee's steps come first in, first out and one at a
 * time: a step that was handed back, or whose worker went silent, keeps its place at the head.
 */

/** How long an acknowledged step's id is remembered, so that publishing it again is a no-op. */
export const DEDUPE_HORIZON_MS = 10 * 60 * 1000;
