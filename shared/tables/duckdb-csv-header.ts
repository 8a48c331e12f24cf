/** The column names in the first record of a CSV text (RFC 4180), which may be cut off after that record. */
export const parseCsvHeader = (text: string): string[] => {
  const names: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|\r|$)/y;
  field.lastIndex = text.startsWith('\ufeff') ? 1 : 0;
  for (let match = field.exec(text); match; match = field.exec(text)) {
    names.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] !== ',') break;
  }
  return names;
};
