/**
 * One key segment as file names: readable when it is ordinary, and apart from every other segment even where the file
 * system folds case, normalises Unicode or drops trailing dots. Every name is ASCII without upper case, except the
 * hex digits of `%XX`, one escaped UTF-8 byte. The suffixes `~` and `%` are left free for the layout.
 */
const ordinary = /^[a-z0-9\-_.=+@,]$/;
const wellFormedName = /^(?:[a-z0-9\-_.=+@,]|%[0-9A-F]{2})+$/;
/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const deviceName = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/;
/** A name is closed once it is this long, so the longest has 200 bytes and a few for an escaped dot. */
const fullNameBytes = 189;

const escaped = (character: string): string =>
  Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

const encodeCharacter = (character: string): string => (ordinary.test(character) ? character : escaped(character));

/**
 * Cuts a segment into the parts that get one name each. A cut depends only on what precedes it, so all segments that
 * continue a cut part lie together, which ordered listing relies on.
 */
const partsOf = (segment: string): string[] => {
  const parts: string[] = [];
  let part = '';
  let bytes = 0;
  for (const character of segment) {
    if (bytes >= fullNameBytes) {
      parts.push(part);
      part = '';
      bytes = 0;
    }
    part += character;
    bytes += encodeCharacter(character).length;
  }
  return [...parts, part];
};

const encodePart = (part: string): string => {
  const characters = Array.from(part, encodeCharacter);
  const last = characters.length - 1;
  if (characters[last] === '.') characters[last] = escaped('.');
  if (characters[0] === '.' || deviceName.test(part)) characters[0] = escaped(part.slice(0, 1));
  return characters.join('');
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const decodePart = (name: string): string | null => {
  if (!wellFormedName.test(name)) return null;
  const bytes = name.replace(/%(..)/g, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  try {
    const part = utf8.decode(Buffer.from(bytes, 'latin1'));
    return /[/\0]/.test(part) || encodePart(part) !== name ? null : part;
  } catch {
    return null; // the escaped bytes are no UTF-8
  }
};

const isOrdinary = (name: string): boolean =>
  name.length <= fullNameBytes &&
  /^[a-z0-9\-_=+@,](?:[a-z0-9\-_.=+@,]*[a-z0-9\-_=+@,])?$/.test(name) &&
  !deviceName.test(name);

/** The file names of a segment: one, or for a long segment several, of which all but the last end in `%`. */
export const encodeSegment = (segment: string): string[] => {
  const names = partsOf(segment).map(encodePart);
  return names.map((name, index) => (index < names.length - 1 ? `${name}%` : name));
};

/** The segment that `encodeSegment` turns into exactly these names, or null. */
export const decodeSegment = (names: string[]): string | null => {
  const [only = ''] = names;
  if (names.length === 1 && isOrdinary(only)) return only; // nearly every name of a listing
  const parts = names.map((name, index) => decodePart(index < names.length - 1 ? name.replace(/%$/, '') : name));
  if (parts.includes(null)) return null;
  const segment = parts.join('');
  const again = encodeSegment(segment);
  return again.length === names.length && again.every((name, index) => name === names[index]) ? segment : null;
};

/** The text of one continuation name (`…%`), the beginning of every segment below it, or null. */
export const decodeContinuation = (name: string): string | null => {
  const part = name.endsWith('%') ? decodePart(name.slice(0, -1)) : null;
  return part !== null && partsOf(`${part}a`)[0] === part ? part : null;
};
