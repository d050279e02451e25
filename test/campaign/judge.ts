/** A campaign's invariants: what callers were told must agree with what fal knows. */

/** What a caller can read about a generation when everything is over. */
export interface Told {
  readonly tag: string
  readonly id: string
  readonly status: string
  readonly code: string | null
  readonly cost: string
  /** Whether it has a video to play: its own, or one that arrived after its verdict. */
  readonly hasVideo: boolean
  readonly falRequestId: string | null
  /** The types and numbers of its events, in order. */
  readonly events: readonly { readonly id: number; readonly type: string }[]
}

/** A job that fal accepted. */
export interface Truth {
  readonly tag: string
  readonly requestId: string
  readonly final: 'completed' | 'failed' | 'cancelled' | null
  readonly outcome: string
  /**
   * Whether the gateway heard of it apart from the answer: it acknowledged a webhook, or history
   * lists it. `perhaps` if history was readable only some of the time.
   */
  readonly heard: boolean | 'perhaps'
}

export interface Expected {
  readonly tag: string
  /** fal's answer to submit proved nothing, or was lost with the killed process. */
  readonly answerLost: boolean
  /** fal refused the submit in a way that proves nothing. */
  readonly saidNo: boolean
  /** A person's verdict on whether it was charged; absent if nobody was asked. */
  readonly word?: boolean
}

const FINAL = ['completed', 'failed', 'canceled']
const FINAL_EVENTS = FINAL.map((status) => `generation.${status}`)

/** Every broken promise, in words; empty if all were kept. */
export const judge = (
  expected: readonly Expected[],
  allTold: readonly Told[],
  allTruth: readonly Truth[],
): string[] =>
  expected.flatMap((one) => {
    const told = allTold.filter(({ tag }) => tag === one.tag)
    const jobs = allTruth.filter(({ tag }) => tag === one.tag)
    const [first = [], second] = [true, false].map((heard) => {
      const certain = jobs.map((job) => (job.heard === 'perhaps' ? { ...job, heard } : job))
      return judgeIt(one, told, certain)
    })
    // If the gateway may or may not have heard of it, either end is right.
    return second?.length === 0 ? [] : first
  })

const judgeIt = (
  { tag, answerLost, saidNo, word }: Expected,
  told: readonly Told[],
  jobs: readonly Truth[],
): string[] => {
  const wrong: string[] = []
  const [generation] = told
  const [job] = jobs
  if (generation === undefined) return [`${tag}: is not known to the gateway`]
  if (told.length > 1) wrong.push(`${tag}: became ${told.length} generations`)
  if (jobs.length > 1) wrong.push(`${tag}: was accepted ${jobs.length} times by fal`)
  if (!FINAL.includes(generation.status)) wrong.push(`${tag}: is still ${generation.status}`)
  wrong.push(...judgeEvents(generation))

  const isUnconfirmed = generation.code === 'submission_unconfirmed'
  // A result that arrives after the verdict does not change the verdict.
  const isLate = generation.events.some(({ type }) => type === 'generation.late_result')
  const wasHeard = job !== undefined && job.heard === true && !isLate
  const mustBeUnconfirmed = answerLost && !wasHeard
  const { status, code, cost: state } = generation
  const ended = (isLost: boolean): string =>
    `${tag}: ended ${status} (${code ?? '-'}, ${state}) although ${why(isLost, job)}`
  if (saidNo && code === 'fal_unavailable') {
    return isHeldOrLate(generation, job) ? wrong : [...wrong, ended(false)]
  }
  if (isUnconfirmed !== mustBeUnconfirmed) wrong.push(ended(answerLost))
  const cost = word === undefined ? undefined : costAfter(word, isLate ? job : undefined)
  if (isUnconfirmed && cost !== undefined && state !== cost) {
    wrong.push(`${tag}: a person said ${word}, and its cost is ${state}, not ${cost}`)
  }
  if (!isUnconfirmed && !agrees(generation, job)) wrong.push(ended(answerLost))
  return wrong
}

/** A refused job's money is held for two hours, unless the job turns up. */
const isHeldOrLate = ({ cost }: Told, job: Truth | undefined): boolean =>
  job?.heard === true
    ? cost === (job.final === 'completed' ? 'charged' : 'released') || job.outcome !== 'ok'
    : cost === 'reserved' || cost === 'released'

/** A person's verdict stands until fal reports its own. */
const costAfter = (word: boolean, late: Truth | undefined): string =>
  (late === undefined ? word : late.final === 'completed') ? 'charged' : 'released'

const why = (answerLost: boolean, job: Truth | undefined) =>
  job === undefined
    ? `fal took no job${answerLost ? ' and its answer was lost' : ''}`
    : `fal's job ${job.requestId} is ${job.final ?? 'open'} (${job.outcome}), its answer ` +
      `${answerLost ? 'lost' : 'known'}, and it was ${job.heard === true ? '' : 'not '}heard of`

const agrees = ({ status, code, cost, falRequestId }: Told, job: Truth | undefined): boolean => {
  if (job === undefined)
    return falRequestId === null && status !== 'completed' && cost === 'released'
  if (falRequestId !== job.requestId) return false
  switch (job.final) {
    case 'completed':
      return job.outcome === 'no_video'
        ? status === 'failed' && code === 'invalid_output'
        : status === 'completed' && cost === 'charged'
    case 'failed':
      return status === 'failed'
    case 'cancelled':
      return status === 'canceled' && cost === 'released'
    case null:
      return false
  }
}

const judgeEvents = ({ tag, status, events }: Told): string[] => {
  const wrong: string[] = []
  if (events.some(({ id }, index) => id !== index + 1)) {
    wrong.push(`${tag}: its events are numbered ${events.map(({ id }) => id).join(', ')}`)
  }
  const finals = events.filter(({ type }) => FINAL_EVENTS.includes(type))
  if (finals.length !== 1 || finals[0]?.type !== `generation.${status}`) {
    wrong.push(`${tag}: is ${status} and told ${finals.map(({ type }) => type).join(', ')}`)
  }
  return wrong
}
