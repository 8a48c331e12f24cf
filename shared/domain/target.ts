import * as z from 'zod';
import { Name } from './names.ts';

const Local = z.strictObject({ platform: z.literal('local') });

const SageMaker = z.strictObject({
  platform: z.literal('sagemaker'),
  region: z.string().min(1),
  /** The role that the job runs under, not the caller's. */
  roleArn: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, 'must be the ARN of an IAM role'),
  /** Where jobs leave what they wrote when the store is not on S3. */
  outputUrl: z.string().regex(/^s3:\/\/[a-z0-9.-]{3,63}\/(.*\/)?$/, 'must be s3://bucket/ or s3://bucket/prefix/'),
  volumeGb: z.int().positive().default(30),
  /** Machines to choose from, cheapest first, in place of the built-in list. Memory in GiB. */
  instances: z
    .array(
      z.strictObject({
        type: z.string().startsWith('ml.'),
        cpus: z.number().positive(),
        memoryGib: z.number().positive(),
        gpu: z.strictObject({ type: z.string(), count: z.int().positive() }).optional(),
      }),
    )
    .min(1)
    .optional(),
});

/** One entry of `targets.yaml`: where jobs run (DESIGN.md §6). */
export const Target = z.discriminatedUnion('platform', [Local, SageMaker]);
export type Target = z.infer<typeof Target>;

/** Target names → targets. The name `local` means this machine unless it is given here. */
export const Targets = z.record(Name, Target);
export type Targets = z.infer<typeof Targets>;
