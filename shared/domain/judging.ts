import type { Evaluation } from './evaluation.ts';
import { compare, type GateResult } from './gate.ts';
import type { Manifest } from './model.ts';
import type { Retraining } from './retraining.ts';

type Promote = Manifest['promote'];
export type Decision = Pick<Retraining, 'candidates' | 'decision' | 'promoted' | 'why'>;

/**
 * The versions that have to score the held-out windows, the champion first. None when there is nothing to compare: no
 * champion yet, or no candidate that is another version.
 */
export const predictorsOf = ({ champion, candidates }: Retraining): number[] => {
  const challengers = new Set(
    candidates.flatMap(({ version }) => (version === null || version === champion ? [] : [version])),
  );
  return champion === null || challengers.size === 0 ? [] : [champion, ...challengers];
};

/**
 * The run's decision: a pure function of its candidates and of what they and the champion scored. The best candidate
 * that the gate passes is promoted (or waits for approval); the first model ever has no one to beat.
 */
export const decide = (run: Retraining, evaluations: Map<number, Evaluation>, promote: Promote): Decision => {
  const produced = run.candidates.filter(({ version }) => version !== null);
  if (produced.length === 0) return refuse(run.candidates, 'No candidate produced a model.');
  if (run.champion === null)
    return accept(
      run.candidates,
      produced[0]?.version ?? 0,
      'It is the first model, with no champion to beat.',
      promote,
    );
  const candidates = run.candidates.map((candidate) => ({
    ...candidate,
    gate: gateOf(run.champion, candidate.version, evaluations, promote),
  }));
  const best = candidates
    .filter(({ gate }) => gate?.passed)
    .toSorted((a, b) => (b.gate?.meanGain ?? 0) - (a.gate?.meanGain ?? 0))[0];
  if (best?.version && best.gate) return accept(candidates, best.version, best.gate.why, promote);
  return refuse(
    candidates,
    candidates.find(({ gate }) => gate)?.gate?.why ?? 'No candidate differs from the champion.',
  );
};

const refuse = (candidates: Retraining['candidates'], why: string): Decision => ({
  candidates,
  decision: 'refused',
  promoted: null,
  why,
});

const accept = (candidates: Retraining['candidates'], version: number, why: string, { approval }: Promote): Decision =>
  approval === 'automatic'
    ? { candidates, decision: 'promoted', promoted: version, why }
    : {
        candidates,
        decision: 'pending-approval',
        promoted: null,
        why: `${why} Version ${version} waits for approval.`,
      };

const gateOf = (
  champion: number | null,
  version: number | null,
  evaluations: Map<number, Evaluation>,
  { gate }: Promote,
): GateResult | null => {
  if (champion === null || version === null || version === champion) return null;
  const [ours, theirs] = [evaluations.get(champion), evaluations.get(version)];
  const result = compare(ours?.losses ?? [], theirs?.losses ?? [], gate);
  const fault = ours?.fault ?? theirs?.fault;
  return fault ? { ...result, passed: false, why: `It could not be judged: ${fault}` } : result;
};
