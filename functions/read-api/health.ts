import * as z from 'zod';
import { defineFunction } from '../../shared/ports.ts';
import { read } from './read.ts';

export const getHealth = defineFunction({
  ...read('get-health', 'Whether functions run here. The one open door.', '/healthz', 'open'),
  input: z.strictObject({}),
  output: z.strictObject({ status: z.literal('ok') }),
  needs: [],
  handle: async () => ({ status: 'ok' as const }),
});
