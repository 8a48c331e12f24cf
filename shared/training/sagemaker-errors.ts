import { DriftlessError } from '../kernel/errors.ts';

/** Codes of SigV4 and IAM: https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html */
const credentialCodes = new Set([
  'AccessDeniedException',
  'AccessDenied',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'NotAuthorized',
  'OptInRequired',
  'CredentialsProviderError',
]);

const throttlingCodes = new Set([
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
]);

/** The exception's name (`ResourceInUse`, `ValidationException`, …), or an empty text. */
export const exceptionName = (error: unknown): string => (error instanceof Error ? error.name : '');

/** An SDK exception as ours, by its name and HTTP status, never its text. `action` says what was tried. */
export const sageMakerError = (error: unknown, action: string): DriftlessError => {
  if (error instanceof DriftlessError) return error;
  const name = exceptionName(error);
  const status = httpStatusOf(error);
  const options = { cause: error };
  if (throttlingCodes.has(name) || status === 429)
    return new DriftlessError('throttled', `SageMaker took too many requests to ${action}; try later.`, options);
  if (credentialCodes.has(name) || status === 401 || status === 403)
    return new DriftlessError('forbidden', `SageMaker does not let this identity ${action} (${name}).`, options);
  if (name === 'ResourceLimitExceeded')
    return new DriftlessError(
      'refused',
      `A quota of this SageMaker account is used up; it did not ${action}. ${wordsOf(error)}`.trim(),
      {
        ...options,
        faults: [{ path: 'resources', message: 'quota' }],
      },
    );
  if (status !== undefined && status >= 400 && status < 500)
    return new DriftlessError('refused', `SageMaker refused to ${action} (${name}). ${wordsOf(error)}`.trim(), options);
  return new DriftlessError('unavailable', `SageMaker did not say whether it did ${action}; ask it again.`, options);
};

/** Only for people: which image, which quota. Credentials errors are left out, as their words quote identities. */
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message.slice(0, 500) : '');

const httpStatusOf = (error: unknown): number | undefined => {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
};
