/** What every page has around its own content. */
import { html, type Html, type Piece } from './html.js';
import type { Advice } from './advice.js';
import { since } from './words.js';

export interface Frame {
  readonly installation: string;
  /** Who is logged in; empty: nobody needs to be. */
  readonly user: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** When the last pass began, ISO 8601; null: none yet. */
  readonly lastPass: string | null;
}

export function page(title: string, content: Piece, frame?: Frame): string {
  const body = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Sluice</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/style.css" />
        <script src="/assets/live.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">To the content</a>
        <header class="top">
          <a class="home" href="/">Sluice</a>
          ${frame && standing(frame)}
        </header>
        <main id="main" tabindex="-1">${content}</main>
      </body>
    </html> `;
  return body.text;
}

function standing({ installation, user, now, lastPass }: Frame): Html {
  return html`<p class="standing" id="standing" data-live>
    <span>installation ${installation}</span>
    <span>${lastPass === null ? 'no pass yet' : html`last pass ${since(lastPass, now)}`}</span>
    ${user === '' ? '' : html`<span>${user}</span>`}
    <span id="live" class="quiet"></span>
  </p>`;
}

/** What to do, with what to type for it. */
export function advice(list: readonly Advice[]): Piece {
  return list.map(
    ({ words, command }) =>
      html`<li>${words}${command !== undefined && html` <code class="command">${command}</code>`}</li>`,
  );
}

/** A table that becomes a list of cards on a phone: each cell names its column. */
export function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly Piece[])[],
  nothing: string,
): Html {
  if (rows.length === 0) return html`<p class="quiet">${nothing}</p>`;
  const head = columns.map((column) => html`<th scope="col">${column}</th>`);
  const body = rows.map(
    (cells) =>
      html`<tr>
        ${cells.map((cell, at) =>
          at === 0
            ? html`<th scope="row" data-label="${columns[at]}">${cell}</th>`
            : html`<td data-label="${columns[at]}" ${cell === '–' && html`class="none"`}>${cell}</td>`,
        )}
      </tr> `,
  );
  return html`<table>
    <caption class="hidden">
      ${caption}
    </caption>
    <thead>
      <tr>
        ${head}
      </tr>
    </thead>
    <tbody>
      ${body}
    </tbody>
  </table>`;
}
