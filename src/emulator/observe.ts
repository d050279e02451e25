/** Wraps every operation: logs the call, applies faults, checks the key. */
import { createMiddleware } from 'hono/factory'
import { plainError } from './answers.ts'
import type { Call, Operation } from './calls.ts'
import { ConnectionLost, hang, sleep } from './connection.ts'
import type { EmulatorContext } from './context.ts'
import type { Fault } from './faults.ts'
import { parseObject } from './json.ts'
import { keyRefusal, mayAsk } from './keys.ts'
import type { SubmitBehaviour } from './markers.ts'

export interface EmulatorEnv {
  Variables: {
    /** How a fault makes submit behave. */
    forcedSubmit: SubmitBehaviour | undefined
    /** Aborted when the caller leaves or the emulator closes. */
    gone: AbortSignal
    /** Sets the request that a call turned out to be about. */
    concerns: (requestId: string) => void
    /** Keeps the call running after its answer's head; the returned function ends it. */
    keepRunning: () => () => void
  }
}

export function observe(emulator: EmulatorContext, op: Operation) {
  return createMiddleware<EmulatorEnv>(async (c, next) => {
    const requestId = c.req.param('id')
    const takesInput = op === 'submit' || op === 'run'
    const prompt = takesInput
      ? promptIn(await c.req.text())
      : emulator.jobs.get(requestId ?? '')?.prompt
    const authorization = c.req.header('authorization')
    const { pathname, search } = new URL(c.req.url)
    const call: Call = {
      op,
      method: c.req.method,
      path: `${pathname}${search}`,
      at_ms: emulator.clock.nowMs(),
      authorized: mayAsk(emulator, op, authorization),
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
      const answer = struck ?? keyRefusal(emulator, op, authorization)
      if (answer === undefined) await next()
      else c.res = answer
    } catch (error) {
      end(error instanceof ConnectionLost ? error.how : 500)
      throw error
    }
    if (isKeptRunning) call.status = c.res.status
    else end(c.res.status)
  })
}

/** The answer of a fault that replaces the operation's own; undefined if it does not. */
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
  if (fault.kind === 'malformed') {
    const type = { 'content-type': 'application/json' }
    return new Response('{"items":[{"request_', { headers: { ...type, ...headers } })
  }
  if (fault.kind === 'delay') await sleep(fault.ms, gone)
  return undefined
}

function promptIn(body: string): string | undefined {
  const prompt = parseObject(body)?.['prompt']
  return typeof prompt === 'string' ? prompt : undefined
}
