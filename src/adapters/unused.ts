/**
 * Stands in for the packages behind the streams and the realtime API of fal's client, which
 * imports them whatever is used of it: `eventsource-parser`, the codecs of `@msgpack/msgpack`,
 * and the functions of `robot3` that it describes its connection with while it loads. Its
 * queue, all that is used here, calls none of them.
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
