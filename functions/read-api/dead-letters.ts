import * as z from 'zod';
import { deadLetters } from '../../shared/domain/keys.ts';
import { DeadLetterRecord } from '../../shared/domain/dead-letter.ts';
import { pageOf, pageQuery } from '../../shared/domain/views.ts';
import { defineFunction } from '../../shared/ports.ts';
import { pageOfRecords, read } from './read.ts';

export const listDeadLetters = defineFunction({
  ...read('list-dead-letters', 'Events that could not be processed, with the reason.', '/v1/dead-letters', 'operate'),
  input: z.strictObject({ ...pageQuery }),
  output: pageOf(DeadLetterRecord),
  needs: ['store'],
  handle: (query, { store }) => pageOfRecords(store, deadLetters, DeadLetterRecord, query),
});
