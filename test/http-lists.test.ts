import { beforeEach, describe, expect, it } from 'vitest';
import { type MemoryDeployment, memoryDeployment } from './e2e/memory-deployment.ts';

let api: MemoryDeployment;
beforeEach(() => {
  api = memoryDeployment();
});

const register = async (content: string, model = 'flights'): Promise<void> => {
  await api.store.put(`artifacts/${model}/${content}`, content);
  await api.call('POST', `/v1/models/${model}/versions`, { location: `artifacts/${model}/${content}` });
};

const pageThrough = async (path: string, limit: number): Promise<unknown[]> => {
  const items: unknown[] = [];
  const separator = path.includes('?') ? '&' : '?';
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { status, json } = await api.call(
      'GET',
      `${path}${separator}limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    expect(status).toBe(200);
    expect(Object.keys(json).toSorted()).toEqual(['items', 'next']);
    const page = json['items'] as unknown[];
    expect(page.length).toBeLessThanOrEqual(limit);
    items.push(...page);
    cursor = json['next'] as string | null;
  }
  return items;
};

describe('lists', () => {
  it('page through versions newest first, each exactly once', async () => {
    for (let i = 1; i <= 23; i += 1) await register(`content ${i}`);
    const newestFirst = Array.from({ length: 23 }, (_, i) => 23 - i);
    for (const limit of [1, 5, 22, 23, 100]) {
      const items = (await pageThrough('/v1/models/flights/versions', limit)) as { version: number }[];
      expect(items.map(({ version }) => version)).toEqual(newestFirst);
    }
  });

  it('page through jobs of one model and of all, each exactly once', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      const model = i % 2 === 0 ? 'even' : 'odd';
      ids.push(String((await api.call('POST', '/v1/jobs', { kind: 'process', command: ['true'], model })).json['id']));
    }
    for (const limit of [1, 5, 12, 100]) {
      const all = (await pageThrough('/v1/jobs', limit)) as { id: string; spec: { model: string } }[];
      expect(all.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      const odd = (await pageThrough('/v1/jobs?model=odd', limit)) as { id: string }[];
      expect(odd.map(({ id }) => id)).toEqual(all.filter(({ spec }) => spec.model === 'odd').map(({ id }) => id));
    }
  });

  it('page through models by name, and keep a cursor valid while models come', async () => {
    for (const name of ['aa', 'cc', 'dd']) await register('x', name);
    const first = (await api.call('GET', '/v1/models?limit=1')).json as { next: string };
    await register('x', 'bb');
    const rest = (await api.call('GET', `/v1/models?cursor=${first.next}`)).json as { items: { name: string }[] };
    expect(rest.items.map(({ name }) => name)).toEqual(['bb', 'cc', 'dd']);
  });

  it.each(['x', '%20', '....', 'a'.repeat(2001), 'YQ==', '%2e%2e%2f'])('refuse the cursor %s', async (cursor) => {
    for (const path of ['/v1/models', '/v1/jobs', '/v1/dead-letters'])
      expect(await api.call('GET', `${path}?cursor=${cursor}`)).toMatchObject({
        status: 400,
        json: { code: 'invalid-input' },
      });
  });
});
