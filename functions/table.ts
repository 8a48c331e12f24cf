import applyModel from './apply-model/function.ts';
import buildBaseline from './build-baseline/function.ts';
import checkDrift from './check-drift/function.ts';
import createVersion from './create-version/function.ts';
import judgeCandidates from './judge-candidates/function.ts';
import moveAlias from './move-alias/function.ts';
import profileData from './profile-data/function.ts';
import profileLabels from './profile-labels/function.ts';
import { listDeadLetters } from './read-api/dead-letters.ts';
import { getHealth } from './read-api/health.ts';
import { getJob, getJobLogs, listJobs } from './read-api/jobs.ts';
import { getAlias, getLineage, getModel, getVersion, listModels, listVersions } from './read-api/models.ts';
import { listChecks, listRetrainings } from './read-api/monitoring.ts';
import registerArtifact from './register-artifact/function.ts';
import registerJobModel from './register-job-model/function.ts';
import replayEvent from './replay-event/function.ts';
import requestCheck from './request-check/function.ts';
import requestRetraining from './request-retraining/function.ts';
import retrainModel from './retrain-model/function.ts';
import rollbackModel from './rollback-model/function.ts';
import scorePredictions from './score-predictions/function.ts';
import startJob from './start-job/function.ts';
import startRetraining from './start-retraining/function.ts';
import stopJob from './stop-job/function.ts';
import submitJob from './submit-job/function.ts';
import tick from './tick/function.ts';
import trackCompletion from './track-completion/function.ts';
import trackJob from './track-job/function.ts';

/** The one list of functions: routes, subscriptions, schedules, permissions and documents all follow from it. */
export const table = [
  applyModel,
  moveAlias,
  rollbackModel,
  registerArtifact,
  registerJobModel,
  createVersion,
  submitJob,
  startJob,
  stopJob,
  trackJob,
  trackCompletion,
  profileData,
  profileLabels,
  scorePredictions,
  buildBaseline,
  checkDrift,
  requestCheck,
  retrainModel,
  startRetraining,
  requestRetraining,
  judgeCandidates,
  tick,
  replayEvent,
  listModels,
  getModel,
  listVersions,
  getVersion,
  getLineage,
  getAlias,
  listJobs,
  getJob,
  getJobLogs,
  listChecks,
  listRetrainings,
  listDeadLetters,
  getHealth,
];
