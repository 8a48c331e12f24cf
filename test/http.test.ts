import { beforeEach, describe, expect, it } from 'vitest';
import { modelRecord } from '../shared/domain/keys.ts';
import type { ObjectStore } from '../shared/object-store/port.ts';
import { type MemoryDeployment, memoryDeployment } from './e2e/memory-deployment.ts';

let api: MemoryDeployment;
beforeEach(() => {
  api = memoryDeployment();
});

const manifest = {
  apiVersion: 'driftless.dev/v1',
  model: 'flights',
  task: 'binary',
  data: { timestamp: 'date', predictionId: 'id', features: ['hour'], score: 'p', label: 'late' },
};
const job = { kind: 'process', command: ['true'] };
const registered = async (content: string, model = 'flights') => {
  const location = `artifacts/${model}/${content}.bin`;
  await api.store.put(location, content);
  return api.call('POST', `/v1/models/${model}/versions`, { location });
};
/** What every refusal looks like: RFC 9457 with a stable code, and a sentence. */
const problem = (status: number, code: string) => ({
  status,
  json: {
    status,
    code,
    type: `https://driftless.dev/problems/${code}`,
    title: expect.stringMatching(/^[A-Z]/),
    detail: expect.stringMatching(/[.]$/),
  },
});
const answerOf = async (response: Response) => ({
  status: response.status,
  json: await response.json(),
});

const bodyOf = (bytes: number): string => JSON.stringify({ ...job, environment: { A: '' } }).padEnd(bytes, ' ');
const streamed = (text: string) => new Response(text).body ?? '';

const failing = (error: unknown) => (store: ObjectStore) => ({ ...store, get: () => Promise.reject(error) });

describe('writing over HTTP', () => {
  it('declares a model and shows it', async () => {
    const put = await api.call('PUT', '/v1/models/flights', manifest);
    expect(put).toMatchObject({ status: 200, json: { name: 'flights', champion: null, manifest: { task: 'binary' } } });
    expect(await api.call('GET', '/v1/models/flights')).toEqual(put);
    expect(await api.call('PUT', '/v1/models/flights', manifest)).toEqual(put);
  });

  it('registers a version once, and shows it with its lineage', async () => {
    const first = await registered('one');
    expect(first).toMatchObject({ status: 201, json: { model: 'flights', version: 1, size: 3 } });
    expect(await registered('one')).toEqual(first);
    expect(await api.call('GET', '/v1/models/flights/versions/1')).toEqual({ status: 200, json: first.json });
    expect(await api.call('GET', '/v1/models/flights/versions/1/lineage')).toMatchObject({
      status: 200,
      json: { version: 1, ancestors: [] },
    });
  });

  it('promotes, refuses a stale `from`, and rolls back once for one key', async () => {
    await registered('one');
    await registered('two');
    const put = (body: object) => api.call('PUT', '/v1/models/flights/aliases/champion', body);
    expect(await put({ version: 1, from: null })).toMatchObject({ status: 200, json: { version: 1, history: [] } });
    expect(await put({ version: 2, from: null })).toMatchObject(problem(409, 'conflict'));
    expect(await put({ version: 2, from: 7 })).toMatchObject(problem(409, 'conflict'));
    expect(await put({ version: 2, from: 1, reason: 'better' })).toMatchObject({ status: 200, json: { version: 2 } });
    expect(await api.call('GET', '/v1/models/flights/aliases/champion')).toMatchObject({ json: { version: 2 } });

    const back = () => api.call('POST', '/v1/models/flights/rollback', {}, { 'idempotency-key': 'once' });
    const rolled = await back();
    expect(rolled).toMatchObject({ status: 200, json: { version: 1 } });
    expect(await back()).toEqual(rolled);
  });

  it('submits, shows, lists and stops a job', async () => {
    const submitted = await api.call('POST', '/v1/jobs', { ...job, model: 'flights' });
    expect(submitted).toMatchObject({ status: 202, json: { state: 'pending', target: 'local', settled: false } });
    const id = String(submitted.json['id']);
    expect(await api.call('GET', `/v1/jobs/${id}`)).toEqual({ status: 200, json: submitted.json });
    const list = { status: 200, json: { items: [submitted.json], next: null } };
    expect(await api.call('GET', '/v1/jobs')).toEqual(list);
    expect(await api.call('GET', '/v1/jobs?model=flights')).toEqual(list);
    expect(await api.call('GET', '/v1/jobs?model=another')).toMatchObject({ json: { items: [] } });
    expect(await api.call('GET', `/v1/jobs/${id}/logs`)).toEqual({
      status: 200,
      json: { items: ['line one', 'line two'], next: null },
    });
    expect(await api.call('POST', `/v1/jobs/${id}/stop`)).toMatchObject({
      status: 202,
      json: { state: 'stopped', reason: { code: 'stopped' } },
    });
  });

  it('makes one job of one Idempotency-Key, and refuses it for another spec', async () => {
    const submit = (body: object) => api.call('POST', '/v1/jobs', body, { 'idempotency-key': 'k1' });
    const answers = await Promise.all([submit(job), submit(job), submit(job)]);
    expect(new Set(answers.map(({ json }) => json['id'])).size).toBe(1);
    expect(api.platform.count()).toBe(1);
    expect(await submit({ ...job, command: ['false'] })).toMatchObject(problem(409, 'conflict'));
    expect(api.platform.count()).toBe(1);
  });

  it('asks for a retraining, and answers with why there is none', async () => {
    await api.call('PUT', '/v1/models/flights', manifest);
    const asked = await api.call('POST', '/v1/models/flights/retrainings', { reason: 'a hunch' });
    expect(asked).toMatchObject({ status: 202, json: { model: 'flights', reason: 'a hunch' } });
    expect(asked.json['why']).toEqual(expect.stringMatching(/\w/));
    expect(await api.call('GET', '/v1/models/flights/retrainings')).toMatchObject({ json: { items: [asked.json] } });
  });

  it('says that there is nothing to check yet', async () => {
    await api.call('PUT', '/v1/models/flights', manifest);
    expect(await api.call('POST', '/v1/models/flights/checks')).toMatchObject(problem(404, 'not-found'));
    expect(await api.call('GET', '/v1/models/flights/checks')).toEqual({
      status: 200,
      json: { items: [], next: null },
    });
  });

  it('lists and replays a dead letter', async () => {
    await api.store.put('inbox/data/flights/day.jsonl', '{"date":"2026-01-01","id":"1","hour":1}\n');
    await api.ports.bus.publish([
      {
        name: 'object.created',
        subject: 'inbox/data/flights/day.jsonl',
        data: { store: 'mem:', key: 'inbox/data/flights/day.jsonl', size: 40, version: '1' },
      },
    ]);
    await api.settle();
    const { json } = await api.call('GET', '/v1/dead-letters');
    const [letter] = json['items'] as { id: string }[];
    expect(letter).toMatchObject({ function: 'profile-data', problem: { code: 'not-found' } });

    await api.call('PUT', '/v1/models/flights', manifest);
    expect(await api.call('POST', `/v1/dead-letters/${letter?.id}/replay`)).toMatchObject({
      status: 202,
      json: letter,
    });
    await api.settle();
    expect(await api.call('GET', '/v1/dead-letters')).toMatchObject({ json: { items: [] } });
  });
});

describe('the door', () => {
  const paths = ['/v1/models', '/v1/jobs', '/v1/dead-letters', '/openapi.json'];

  it.each(paths)('asks for the token at %s', async (path) => {
    for (const authorization of ['', 'Bearer', 'Bearer wrong', 'Basic the-token-of-this-test']) {
      const response = await api.send('GET', path, { headers: { authorization } });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toMatchObject({ code: 'unauthorized' });
    }
    expect((await api.send('GET', path)).status).toBe(200);
  });

  it.each([...paths, '/healthz'])('turns away another Host at %s, even with the token', async (path) => {
    for (const host of ['evil.example', 'evil.example:8787', '127.0.0.1', '127.0.0.1:80', 'localhost:8787.evil', ''])
      expect((await api.call('GET', path, undefined, { host })).json).toMatchObject({ status: 403, code: 'forbidden' });
    for (const host of ['localhost:8787', 'LOCALHOST:8787', '[::1]:8787'])
      expect((await api.send('GET', path, { headers: { host } })).status).toBe(200);
  });

  it('opens /healthz to everyone on this machine', async () => {
    const response = await api.send('GET', '/healthz', { headers: { authorization: '' } });
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it('starts nothing for a stranger', async () => {
    await api.call('POST', '/v1/jobs', job, { authorization: 'Bearer wrong' });
    await api.call('POST', '/v1/jobs', job, { host: 'evil.example' });
    expect(api.platform.count()).toBe(0);
    expect((await api.call('GET', '/v1/jobs')).json).toEqual({ items: [], next: null });
  });
});

describe('what is wrong with a request', () => {
  it.each(['{', '[1,', 'kind: process', '\u0000'])('%j is not JSON', async (body) => {
    const response = await api.send('POST', '/v1/jobs', { body });
    expect(await answerOf(response)).toMatchObject(problem(400, 'invalid-input'));
  });

  it('names every fault at once, with the nearest field', async () => {
    const answer = await api.call('POST', '/v1/jobs', { knd: 'process', commnd: ['true'], spot: 'yes' });
    expect(answer).toMatchObject(problem(400, 'invalid-input'));
    const faults = answer.json['faults'] as { path: string; suggestion?: string }[];
    expect(faults.map(({ path }) => path).toSorted()).toEqual(['command', 'commnd', 'kind', 'knd', 'spot']);
    expect(faults.find(({ path }) => path === 'commnd')).toMatchObject({ suggestion: 'command' });
    expect(faults.find(({ path }) => path === 'knd')).toMatchObject({ suggestion: 'kind' });
    expect(api.platform.count()).toBe(0);
  });

  it('refuses a body that is missing where one is needed', async () => {
    expect(await api.call('POST', '/v1/jobs')).toMatchObject(problem(400, 'invalid-input'));
    expect(await api.call('POST', '/v1/jobs', null)).toMatchObject(problem(400, 'invalid-input'));
    expect(await api.call('POST', '/v1/jobs', [])).toMatchObject(problem(400, 'invalid-input'));
  });

  it('names what a target cannot do, and stores nothing', async () => {
    const spec = { ...job, resources: { gpu: { type: 'h100', count: 8 } } };
    const answer = await api.call('POST', '/v1/jobs', spec);
    expect(answer).toMatchObject(problem(422, 'unsupported'));
    expect(answer.json['faults']).toEqual([{ path: 'resources.gpu', message: 'there is no GPU here' }]);
    expect((await api.call('GET', '/v1/jobs')).json).toEqual({ items: [], next: null });
  });

  it.each([
    ['GET', '/v1/models/nowhere'],
    ['GET', '/v1/models/nowhere/versions'],
    ['GET', '/v1/models/nowhere/versions/1'],
    ['GET', '/v1/models/nowhere/versions/1/lineage'],
    ['GET', '/v1/models/nowhere/aliases/champion'],
    ['POST', '/v1/models/nowhere/rollback'],
    ['POST', '/v1/models/nowhere/checks'],
    ['POST', '/v1/models/nowhere/retrainings'],
    ['GET', '/v1/jobs/jnone'],
    ['GET', '/v1/jobs/jnone/logs'],
    ['POST', '/v1/jobs/jnone/stop'],
    ['POST', '/v1/dead-letters/dnone/replay'],
    ['GET', '/v1/nothing'],
    ['GET', '/'],
    ['POST', '/v1/models'],
    ['PATCH', '/v1/jobs'],
    ['DELETE', '/v1/models/flights'],
  ])('%s %s is not found', async (method, path) => {
    expect(await api.call(method, path)).toMatchObject(problem(404, 'not-found'));
  });

  it('knows no version or target of that name', async () => {
    await registered('one');
    expect(await api.call('GET', '/v1/models/flights/versions/2')).toMatchObject(problem(404, 'not-found'));
    expect(await api.call('PUT', '/v1/models/flights/aliases/champion', { version: 2 })).toMatchObject(
      problem(404, 'not-found'),
    );
    expect(await api.call('POST', '/v1/models/flights/versions', { location: 'nowhere' })).toMatchObject(
      problem(404, 'not-found'),
    );
    expect(await api.call('POST', '/v1/jobs', { ...job, target: 'mars' })).toMatchObject(problem(404, 'not-found'));
  });

  it.each([
    '/v1/models/UPPER',
    '/v1/models/a%2Fb',
    '/v1/models/..%2F..%2Fetc',
    '/v1/models/%00%1b',
    '/v1/models/flights/versions/0',
    '/v1/models/flights/versions/one',
    '/v1/models/flights/versions/1e400',
    '/v1/models?limit=0',
    '/v1/models?limit=101',
    '/v1/models?limt=5',
    '/v1/jobs?model=UPPER',
  ])('%s is refused as it stands', async (path) => {
    await api.call('PUT', '/v1/models/flights', manifest);
    expect(await api.call('GET', path)).toMatchObject(problem(400, 'invalid-input'));
  });

  it('refuses a manifest of another model than the address says', async () => {
    expect(await api.call('PUT', '/v1/models/trains', manifest)).toMatchObject(problem(400, 'invalid-input'));
    expect((await api.call('GET', '/v1/models')).json).toEqual({ items: [], next: null });
  });

  it('takes 1 MiB and no byte more, whether or not the length is told', async () => {
    const limit = 1024 * 1024;
    for (const wrap of [(text: string) => text, streamed]) {
      expect((await api.send('POST', '/v1/jobs', { body: wrap(bodyOf(limit)) })).status).toBe(202);
      const over = await api.send('POST', '/v1/jobs', { body: wrap(bodyOf(limit + 1)) });
      expect(await answerOf(over)).toMatchObject(problem(413, 'too-large'));
    }
    const told = await api.send('POST', '/v1/jobs', { body: '{}', headers: { 'content-length': String(limit + 1) } });
    expect(told.status).toBe(413);
  });
});

describe('what goes wrong inside', () => {
  it('shows neither stack nor foreign text', async () => {
    api = memoryDeployment(failing(new TypeError('password=hunter2 at /home/someone/secret.ts:1:1')));
    const response = await api.send('GET', '/v1/models/flights');
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ code: 'internal' });
    expect(text).not.toMatch(/hunter2|secret|TypeError|\bat /);
  });

  it('refuses a record of a newer format, plainly', async () => {
    await registered('one');
    await api.store.put(
      modelRecord('flights'),
      JSON.stringify({ format: 99, revision: 'r', recent: [], record: { anything: true } }),
    );
    for (const path of ['/v1/models/flights', '/v1/models', '/v1/models/flights/versions']) {
      const answer = await api.call('GET', path);
      expect(answer).toMatchObject(problem(501, 'newer-format'));
      expect(answer.json['detail']).toMatch(/format 99.*Update Driftless/);
    }
    expect(await api.call('PUT', '/v1/models/flights', manifest)).toMatchObject(problem(501, 'newer-format'));
  });

  it('says which record is broken', async () => {
    await api.store.put(modelRecord('flights'), 'no JSON');
    expect(await api.call('GET', '/v1/models/flights')).toMatchObject(problem(422, 'unreadable'));
  });
});
