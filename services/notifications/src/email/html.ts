const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that is markup already. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Value = string | Html | Html[];

/** Markup in which every value is escaped that is not markup itself. Attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  const rendered = values.map((value) => {
    if (value instanceof Html) return value.markup;
    if (Array.isArray(value)) return value.map(({ markup }) => markup).join('');
    return value.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
  });
  return new Html(String.raw({ raw: strings }, ...rendered));
}
