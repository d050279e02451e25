import { describe, expect, it } from 'vitest'
import type { PikaError } from '../../src/client/index.ts'
import { exitCodeOf } from '../../src/cli/exit-codes.ts'
import { printable } from '../../src/cli/shell.ts'
import { fit, table } from '../../src/cli/table.ts'
import { clockTime } from '../../src/cli/words.ts'

it('tells the time on the clocks of a zone', () => {
  expect(clockTime('2026-07-31T22:30:00Z', 'Europe/Paris')).toBe('2026-08-01 00:30')
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
      (_format, text) => text,
      16,
    )
    expect(lines).toEqual(['id       prompt', 'long-id  Rain', 'x        A long…'])
  })
})

it('has an exit code for a reason that only a newer gateway knows', () => {
  const { code }: PikaError = JSON.parse('{"code": "unheard_of"}')
  expect(exitCodeOf(code)).toBe(1)
})
