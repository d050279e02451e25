import { describe, expect, it } from 'vitest'
import type { PikaError } from '../../src/client/index.ts'
import { exitCodeOf } from '../../src/cli/exit-codes.ts'
import { printable } from '../../src/cli/shell.ts'
import { fit, table } from '../../src/cli/table.ts'
import { clockTime } from '../../src/cli/words.ts'

it('gives the time in a time zone', () => {
  expect(clockTime('2026-07-31T22:30:00Z', 'Europe/Paris')).toBe('2026-08-01 00:30')
})

describe('text', () => {
  it('from others becomes one line that cannot move the cursor', () => {
    expect(printable('a\u001B[2Jb\r\nc\u202Ed')).toBe('a [2Jb c d')
  })

  it('is cut to a width, with wide characters counted twice', () => {
    expect(fit('river', 5)).toBe('river')
    expect(fit('rivers', 5)).toBe('rive…')
    expect(fit('日本語', 5)).toBe('日本…')
    expect(fit('👩‍👩‍👧 family', 4)).toBe('👩‍👩‍👧 …')
  })

  it('is aligned in columns', () => {
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

it('has an exit code for an error code that only a newer gateway knows', () => {
  const { code }: PikaError = JSON.parse('{"code": "unheard_of"}')
  expect(exitCodeOf(code)).toBe(1)
})
