/** Plain text for people, 80 columns wide where the content allows. */

type Column<Row> = { title: string; of: (row: Row) => string | number | null | undefined };

const columnsOfTerminal = 80;

/**
 * Columns padded to their widest cell. The last one may be prose: where it does not fit, it goes below its row. `none`
 * is said when there are no rows.
 */
export const textTable = <Row>(rows: Row[], columns: Column<Row>[], none: string): string => {
  if (rows.length === 0) return none;
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ of }) => clean(of(row))))];
  const widths = columns.map((_column, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  return cells
    .map((line) => {
      const head = line.slice(0, -1).map((cell, i) => cell.padEnd(widths[i] ?? 0));
      const whole = [...head, line.at(-1)].join('  ').trimEnd();
      return whole.length <= columnsOfTerminal ? whole : `${head.join('  ').trimEnd()}\n${wrap(line.at(-1) ?? '', 4)}`;
    })
    .join('\n');
};

/** Names and logs come from outside: control characters must not reach a terminal. */
export const clean = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? '-' : String(value).replaceAll(/\p{Cc}/gu, ' ');

/** Broken at spaces into lines that fit a terminal, each behind `indent` spaces. */
export const wrap = (text: string, indent = 0): string => {
  const lines = [''];
  for (const word of clean(text).split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (indent + line.length + 1 + word.length <= columnsOfTerminal) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => ' '.repeat(indent) + line).join('\n');
};

export const bytes = (size: number): string => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = size;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
};

/** `2026-11-21T05:07:09.123Z` → `2026-11-21 05:07:09` */
export const time = (iso: string | null | undefined): string => (iso ? iso.slice(0, 19).replace('T', ' ') : '-');

/** `2026-11-21T05:07:09.123Z` → `2026-11-21 05:07` */
export const minute = (iso: string): string => time(iso).slice(0, 16);

/** Digests as people tell them apart: by their first 12 digits. */
export const shortDigests = (text: string): string => text.replaceAll(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1');

export const numbers = (metrics: Record<string, number>): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name}=${Number(value.toPrecision(4))}`)
    .join(' ');
