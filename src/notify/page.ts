/** A mail's content, and its two shapes: plain text, and a short HTML part that says the same. */

export interface Page {
  readonly greeting: string;
  readonly headline: string;
  /** In the words of whoever failed: command, output, error. */
  readonly details: readonly string[];
  readonly logs: readonly { readonly name: string; readonly tail: string }[];
  readonly facts: readonly (readonly [string, string])[];
  readonly next: string;
}

const LABEL_WIDTH = 9;

export function renderText({ greeting, headline, details, logs, facts, next }: Page): string {
  const parts = [
    greeting,
    headline,
    ...details.filter(Boolean).map(indented),
    ...logs.map(({ name, tail }) => `The end of ${name}:\n\n${indented(tail)}`),
    facts.map(([label, value]) => `${`${label}:`.padEnd(LABEL_WIDTH)}${hanging(value)}`).join('\n'),
    `What next: ${next}`,
  ];
  return `${parts.join('\n\n')}\n\n-- \nSluice\n`;
}

export function renderHtml({ greeting, headline, details, logs, facts, next }: Page): string {
  const rows = facts.map(([label, value]) => `<tr><td>${escaped(label)}</td><td>${escaped(value)}</td></tr>`);
  const parts = [
    `<p>${escaped(greeting)}</p>`,
    `<p><b>${escaped(headline)}</b></p>`,
    ...details.filter(Boolean).map((detail) => `<pre>${escaped(detail)}</pre>`),
    ...logs.map(({ name, tail }) => `<p>The end of ${escaped(name)}:</p><pre>${escaped(tail)}</pre>`),
    `<table>${rows.join('')}</table>`,
    `<p>What next: ${escaped(next)}</p>`,
  ];
  return `<!doctype html><html><body>${parts.join('\n')}</body></html>\n`;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '    ');
}

function hanging(text: string): string {
  return text.replaceAll('\n', `\n${' '.repeat(LABEL_WIDTH)}`);
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
