/** Prompts to begin with, and what fal's emulator can be asked to do. */

export const EXAMPLES = [
  {
    name: 'Greenhouse at dawn',
    text: 'Morning sun streams through the tall windows of an old greenhouse. Dust glows in the air as the camera drifts slowly past ferns toward a cat asleep on warm stone.',
  },
  {
    name: 'Paper boat in rain',
    text: 'A paper boat rides a stream of rain along a city kerb at night, neon signs mirrored in the water. Low camera, following close behind.',
  },
  {
    name: 'Clay astronaut',
    text: 'Stop motion: a small clay astronaut plants a flag on a wheel of blue cheese, then waves. Soft studio light, visible fingerprints in the clay.',
  },
] as const

/** @see ../emulator/README.md */
export const FORCED_OUTCOMES = [
  { name: 'Refused by policy', text: '[emulator: outcome=content_policy]' },
  { name: 'No video', text: '[emulator: outcome=no_media]' },
  { name: 'Renders a minute', text: '[emulator: render_ms=60000]' },
  { name: 'Long queue', text: '[emulator: queue_ms=60000 queue_position=12]' },
  { name: 'Answer lost', text: '[emulator: submit=lost]' },
  { name: 'fal account locked', text: '[emulator: submit=locked]' },
] as const
