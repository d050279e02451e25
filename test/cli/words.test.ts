import { describe, expect, it } from 'vitest'
import type { PikaError } from '../../src/client/index.ts'
import { exitCodeOf } from '../../src/cli/exit-codes.ts'
import { printable } from '../../src/cli/shell.ts'
import { fit, table } from '../../src/cli/table.ts'
import { clockTime, duration, usd } from '../../src/cli/words.ts'

describe('amounts', () => {
  it.each([
    [0, '$0.00'],
    [0.2, '$0.20'],
    [12.5, '$12.50'],
    [0.000_001, '$0.000001'],
    [0.125, '$0.125'],
  ])('%d is %s', (amount, words) => expect(usd(amount)).toBe(words))
})

describe('time', () => {
  it.each([
    [-5, '0 s'],
    [59_400, '59 s'],
    [59_600, '1 min 00 s'],
    [3_599_000, '59 min 59 s'],
    [11_400_000, '3 h 10 min'],
  ])('%d ms are %s', (ms, words) => expect(duration(ms)).toBe(words))

  it('is told on the clocks of a zone', () => {
    expect(clockTime('2026-07-31T22:30:00Z', 'Europe/Paris')).toBe('2026-08-01 00:30')
  })
})

describe('text', () => {
  it('of others moves no cursor and is one line', () => {
    expect(printable('a\u001B[2Jb\r\nc\u202Ed')).toBe('a [2Jb c d')
  })

  it('is cut to a width, in which wide characters count twice', () => {
    expect(fit('river', 5)).toBe('river')
    expect(fit('rivers', 5)).toBe('rive…')
    expect(fit('日本語', 5)).toBe('日本…')
    expect(fit('👩‍👩‍👧 family', 4)).toBe('👩‍👩‍👧 …')
  })

  it('stands in columns', () => {
    const lines = table(
      ['id', 'prompt'],
      [
        ['long-id', 'Rain'],
        ['x', 'A long prompt'],
      ],
      {
        paint: (_format, text) => text,
        columns: 16,
      },
    )
    expect(lines).toEqual(['id       prompt', 'long-id  Rain', 'x        A long…'])
  })
})

it('has an exit code for a reason that only a newer gateway knows', () => {
  const { code }: PikaError = JSON.parse('{"code": "unheard_of"}')
  expect(exitCodeOf(code)).toBe(1)
})
