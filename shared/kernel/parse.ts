import { distance } from 'fastest-levenshtein';
import * as z from 'zod';
import { DriftlessError, type Fault } from './errors.ts';

/**
 * Validates foreign data. Throws `invalid-input` with every fault at once, each with its path and, for a misspelt
 * field, the nearest right name. `what` names the thing in the sentence: "The job spec".
 */
export const parse = <Schema extends z.ZodType>(schema: Schema, input: unknown, what: string): z.infer<Schema> => {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap((issue) => faultsOf(schema, issue));
  const list = faults.map((fault) => `${fault.path}: ${fault.message}`).join('; ');
  throw new DriftlessError('invalid-input', `${what} is not valid: ${list}.`, { faults });
};

/** `body` is the HTTP envelope: people wrote the field inside it. */
const shown = (steps: string[]): string => (steps[0] === 'body' ? steps.slice(1) : steps).join('.') || '(whole)';

const faultsOf = (schema: z.ZodType, issue: z.core.$ZodIssue): Fault[] => {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [{ path: shown(path), message: plain(issue.message) }];
  const known = fieldsAt(schema, path);
  return issue.keys.map((key) => {
    const suggestion = nearest(key, known);
    const message = suggestion ? `there is no such field; did you mean ${suggestion}?` : 'there is no such field';
    return { path: shown([...path, key]), message, ...(suggestion ? { suggestion } : {}) };
  });
};

const plain = (message: string): string => message.replace(/^Invalid input: /, '');

/** The nearest of `known`, or undefined when none is near: two letters, or a third of them, may differ. */
export const nearest = (word: string, known: readonly string[]): string | undefined => {
  const [best] = known
    .map((name) => ({ name, away: distance(word.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.away - b.away);
  return best && best.away <= Math.max(Math.min(2, word.length - 2), Math.floor(word.length / 3))
    ? best.name
    : undefined;
};

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** The field names that the schema knows at a path. Costs a schema conversion: only on the way to an error. */
const fieldsAt = (schema: z.ZodType, path: string[]): string[] => {
  const root: JsonSchema = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  let places = alternatives(root, root);
  for (const step of path)
    places = places.flatMap((place) => inside(place, step)).flatMap((at) => alternatives(root, at));
  return [...new Set(places.flatMap((place) => Object.keys(place.properties ?? {})))];
};

const alternatives = (root: JsonSchema, place: JsonSchema): JsonSchema[] => {
  const name = place.$ref?.replace('#/$defs/', '');
  const target = name === undefined ? place : root.$defs?.[name];
  if (target === undefined) return [];
  const choices = [...(target.anyOf ?? []), ...(target.oneOf ?? []), ...(target.allOf ?? [])];
  return [target, ...choices.flatMap((choice) => (typeof choice === 'object' ? alternatives(root, choice) : []))];
};

const inside = (place: JsonSchema, step: string): JsonSchema[] =>
  [place.properties?.[step], place.items, place.additionalProperties].filter(
    (next): next is JsonSchema => typeof next === 'object' && next !== null && !Array.isArray(next),
  );
