/** Wraps every operation: keeps the call, lets faults strike, asks for the key. */
import { createMiddleware } from 'hono/factory'
import { plainError } from './answers.ts'
import type { Call, Operation } from './calls.ts'
import { ConnectionLost, hang, sleep } from './connection.ts'
import type { EmulatorContext } from './context.ts'
import type { Fault } from './faults.ts'
import { parseObject } from './json.ts'
import type { SubmitBehaviour } from './markers.ts'

export interface EmulatorEnv {
  Variables: {
    /** How a fault wants submit to behave. */
    forcedSubmit: SubmitBehaviour | undefined
    /** Ends when the caller leaves or the emulator closes. */
    gone: AbortSignal
    /** Names the request that a call turned out to be about. */
    concerns: (requestId: string) => void
    /** Makes the call last beyond its answer's head; the function that it gives ends it. */
    keepRunning: () => () => void
  }
}

const NEEDS_KEY = new Set<Operation>([
  'submit',
  'run',
  'status',
  'stream',
  'result',
  'cancel',
  'history',
])

export function observe(emulator: EmulatorContext, op: Operation) {
  return createMiddleware<EmulatorEnv>(async (c, next) => {
    const requestId = c.req.param('id')
    const takesInput = op === 'submit' || op === 'run'
    const prompt = takesInput
      ? promptIn(await c.req.text())
      : emulator.jobs.get(requestId ?? '')?.prompt
    const authorized = c.req.header('authorization') === `Key ${emulator.falKey}`
    const { pathname, search } = new URL(c.req.url)
    const call: Call = {
      op,
      method: c.req.method,
      path: `${pathname}${search}`,
      at_ms: emulator.clock.nowMs(),
      authorized,
      status: null,
      ...(takesInput && prompt !== undefined && { prompt }),
      ...(requestId !== undefined && { request_id: requestId }),
    }
    const end = emulator.calls.begin(call)
    let isKeptRunning = false
    c.set('gone', AbortSignal.any([c.req.raw.signal, emulator.ended()]))
    c.set('concerns', (id) => {
      call.request_id = id
    })
    c.set('keepRunning', () => {
      isKeptRunning = true
      return () => end(c.res.status)
    })
    try {
      const fault = emulator.faults.take(op, prompt, emulator.clock.nowMs())
      const struck = fault === undefined ? undefined : await strike(fault, c.get('gone'))
      c.set('forcedSubmit', fault?.fault.kind === 'submit' ? fault.fault.submit : undefined)
      if (struck !== undefined) c.res = struck
      else if (NEEDS_KEY.has(op) && !authorized) c.res = plainError(401)
      else await next()
    } catch (error) {
      end(error instanceof ConnectionLost ? error.how : 500)
      throw error
    }
    if (isKeptRunning) call.status = c.res.status
    else end(c.res.status)
  })
}

/** The answer that a fault gives in place of the operation's own, if it gives one. */
async function strike(
  { fault, headers, body }: Fault,
  gone: AbortSignal,
): Promise<Response | undefined> {
  if (fault.kind === 'status') {
    return body === undefined
      ? plainError(fault.status, headers)
      : Response.json(body, { status: fault.status, headers })
  }
  if (fault.kind === 'reset' || fault.kind === 'lost') throw new ConnectionLost(fault.kind)
  if (fault.kind === 'hang') return hang(gone)
  if (fault.kind === 'delay') await sleep(fault.ms, gone)
  return undefined
}

function promptIn(body: string): string | undefined {
  const prompt = parseObject(body)?.['prompt']
  return typeof prompt === 'string' ? prompt : undefined
}
