import { DriftlessError } from '../kernel/errors.ts';

/**
 * The one place where text becomes markup. Only `html` and `inertSvg` can make an `Html`: its key is known to no other
 * module and cannot come from JSON.
 */
const markup = Symbol('markup');
export type Html = { readonly [markup]: string };
export type HtmlValue = string | number | null | Html | readonly HtmlValue[];

/** Everything put into it is escaped, for text and for attributes in double quotes, except other `Html`. */
export const html = (parts: TemplateStringsArray, ...values: HtmlValue[]): Html => ({
  [markup]: parts.reduce((whole, part, i) => whole + markupOf(values[i - 1] ?? null) + part),
});

export const textOfHtml = (value: Html): string => value[markup];

const markupOf = (value: HtmlValue): string => {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return escape(visible(String(value)));
  return isHtml(value) ? value[markup] : value.map(markupOf).join('');
};

const isHtml = (value: Html | readonly HtmlValue[]): value is Html => markup in value;

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');

/** Joiners, which several scripts need inside words, are the only format characters that stay. */
const unseen = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;

/** Characters that cannot be seen but change what is: controls, overrides of direction, halves of pairs → `\u{202e}`. */
export const visible = (text: string): string =>
  text.replaceAll(unseen, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

const svgElements = new Set(['svg', 'g', 'path', 'rect', 'line', 'text', 'tspan']);
const svgAttributes = new Set(
  'width height viewBox transform d x y x1 x2 y1 y2 dx dy fill stroke stroke-width stroke-dasharray stroke-miterlimit fill-opacity stroke-opacity text-anchor font-family font-size font-weight display'.split(
    ' ',
  ),
);
const svgTag = /<(\/?)([a-zA-Z]+)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/g;

/**
 * A drawing with `title` and `description` for those who do not see it. Of the SVG text only shapes and words are kept,
 * whatever drew it: no script, link, style sheet, foreign content or address. Throws `internal` when there is an
 * element of another kind. `id` must be unique in the page.
 */
export const inertSvg = (svg: string, { id, title, description }: SvgLabels): Html => {
  const rest = svg.replaceAll(svgTag, (tag) => (isKnown(tag) ? '' : tag));
  if (/[<>]/.test(rest)) throw new DriftlessError('internal', `The chart ${visible(title)} holds more than a drawing.`);
  const drawing = svg.replaceAll(svgTag, (_tag, close: string, name: string, attributes: string, end: string) =>
    close ? `</${name}>` : `<${name}${keptAttributes(attributes)}${end}>`,
  );
  const labels = html`<title id="${id}-title">${title}</title><desc id="${id}-desc">${description}</desc>`;
  const role = html` role="img" aria-labelledby="${id}-title" aria-describedby="${id}-desc"`;
  return {
    [markup]: drawing.replace(/^<svg([^>]*)>/, (_tag, kept: string) => `<svg${kept}${role[markup]}>${labels[markup]}`),
  };
};
type SvgLabels = { id: string; title: string; description: string };

const isKnown = (tag: string): boolean => svgElements.has(/^<\/?([a-zA-Z]+)/.exec(tag)?.[1] ?? '');

/** `url(…)` could reach out of the page; `var(…)` is a colour of its style sheet. */
const keptAttributes = (attributes: string): string =>
  Array.from(attributes.matchAll(/([\w:-]+)="([^"]*)"/g))
    .filter(([, name = '', value = '']) => svgAttributes.has(name) && !/url|\/\//i.test(value))
    .map(([attribute]) => ` ${attribute}`)
    .join('');
