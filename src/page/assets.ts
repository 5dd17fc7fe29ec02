/** What pages are dressed with: served from here, so that nothing is fetched from elsewhere. */
import { LIVE } from './live.js';
import { STYLE } from './style.js';

export interface Asset {
  readonly type: string;
  readonly text: string;
}

/** A sluice gate: two posts, a lifted board, water below. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M2 1h2v14H2zM12 1h2v14h-2zM5 3h6v5H5z" fill="#1f6f8b"/><path d="M5 11q1.5-1.5 3 0t3 0v4H5z" fill="#5bb7d5"/></svg>`;

export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ['style.css', { type: 'text/css; charset=utf-8', text: STYLE }],
  ['live.js', { type: 'text/javascript; charset=utf-8', text: LIVE }],
  ['icon.svg', { type: 'image/svg+xml; charset=utf-8', text: ICON }],
]);
