/** HTML from values: what comes from elsewhere is text, whatever it holds. */

/** Text that is HTML already. Made by {@link html} alone. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

export type Piece = Html | string | number | null | undefined | false | readonly Piece[];

const NAMES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (each) => NAMES[each] ?? '');
}

/** Values are escaped, lists joined, nothing left out but null, undefined and false. */
export function html(strings: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return new Html(strings.reduce((text, part, at) => text + render(values[at - 1]) + part));
}

function render(value: Piece): string {
  if (value instanceof Html) return value.text;
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'object') return value.map(render).join('');
  return escaped(String(value));
}
