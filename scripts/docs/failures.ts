/** What each reason why a generation failed means to its caller. */
import type { ProblemCode } from '../../src/contract/problem.ts'
import type { FailureCode } from '../../src/contract/status.ts'

interface Failure {
  /** What happened, and what to do. */
  readonly means: string
  /** Makes the emulator fail so. */
  readonly marker?: string
}

/** Those that are problems too stand there. A new code does not compile until it is described here. */
export const FAILURES: Readonly<Record<Exclude<FailureCode, ProblemCode>, Failure>> = {
  not_sent: {
    means:
      'The gateway never sent it: it waited for a day, the next run of its schedule was due, or the generation that it was to retry turned up. Nothing was paid.',
  },
  content_policy_violation: {
    means: "The model's content policy refused it. Change the prompt.",
    marker: 'outcome=content_policy',
  },
  no_media_generated: {
    means: 'The model ended without a video. Another seed may help.',
    marker: 'outcome=no_media',
  },
  invalid_output: {
    means: 'fal said that it was done, and named no video.',
    marker: 'outcome=no_video',
  },
  generation_timeout: {
    means: 'The model took longer than fal allows. Try again.',
    marker: 'outcome=generation_timeout',
  },
  start_timeout: {
    means:
      "It waited in fal's queue for longer than `START_TIMEOUT_SECONDS`, and never started. Try again.",
    marker: 'outcome=request_timeout',
  },
  downstream_error: {
    means: 'A service behind the model failed. Try again.',
    marker: 'outcome=downstream_error',
  },
  model_error: { means: 'The model failed. Try again.', marker: 'outcome=model_500' },
  platform_error: {
    means: "fal's platform failed the job, a runner that was lost for instance. Try again.",
    marker: 'outcome=runner_server_error',
  },
  duplicate_request_id: {
    means:
      "fal named another generation's request, so nobody knows which job is this one's. It may have been paid for.",
  },
  submission_unconfirmed: {
    means:
      "fal's answer was lost, and nothing was heard of the request until its deadline. It may have been paid for: look at fal's dashboard, and say what is there with `POST /v1/generations/{id}/resolve`.",
    marker: 'submit=lost webhook=lost history=never',
  },
  timed_out: {
    means: 'fal still called it pending when it should long have ended. It may have been paid for.',
  },
  fal_unreachable: {
    means: 'fal did not answer about it for a day. It may have been paid for.',
  },
}
