/** Numbers as people read them, the same in every locale. */

/** A share of rows, 0 to 1: `12.3 %`, which no line break divides. */
export const percent = (share: number): string => {
  if (share > 0 && share < 0.0005) return '<\u00a00.1\u00a0%';
  return `${(share * 100).toFixed(1).replace(/^-(?=0\.0$)/, '')}\u00a0%`;
};

export const probability = (p: number | null): string => p?.toFixed(3) ?? '–';

export const count = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');

/** A bound of a value, to six digits. */
export const figure = (value: number): string => String(Number(value.toPrecision(6)));

/** `2001-03-01T00:00:00.000Z` → `2001-03-01 00:00`; seconds only where there are any. */
export const utc = (iso: string): string => iso.replace('T', ' ').replace(/(:00)?\.\d{3}Z$/, '');
