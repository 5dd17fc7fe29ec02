/** An error, for a person. */
import { html } from './html.js';
import { page } from './layout.js';

export interface Trouble {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly key?: string | undefined; readonly message: string }[];
}

export function troublePage({ title, status, detail, errors = [] }: Trouble): string {
  const list = errors.map(
    ({ key, message }) => html`<li>${key !== undefined && html`<code>${key}</code>: `}${message}</li>`,
  );
  return page(
    title,
    html`<h1>${title}</h1>
      <p>${detail}</p>
      ${
        list.length > 1 &&
        html`<ul>
          ${list}
        </ul>`
      }
      <p class="quiet">Status ${status}. <a href="/">Jobs and clusters</a></p>`,
  );
}
