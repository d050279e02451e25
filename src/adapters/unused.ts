/**
 * Replaces the packages behind the streaming and realtime APIs of fal's client, which imports them
 * in any case: `eventsource-parser`, the codecs of `@msgpack/msgpack`, and the functions of
 * `robot3` with which it describes its connection while it loads. Its queue, the only part used
 * here, calls none of them.
 */
const nothing = (): undefined => undefined

export {
  nothing as createMachine,
  nothing as guard,
  nothing as immediate,
  nothing as interpret,
  nothing as reduce,
  nothing as state,
  nothing as transition,
}
