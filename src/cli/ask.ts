/** Questions whose answers become settings; asked on a terminal alone. */
import type { Config } from './config-file.ts'
import { onTerminal } from './confirm.ts'
import { Interrupted } from './interrupt.ts'
import { DEFAULT_URL, toUrl } from './settings.ts'
import type { Shell } from './shell.ts'

/** Asks for the gateway's address, the key and the account. */
export const askSetup = async (shell: Shell, before: Config): Promise<Config> => {
  const clack = await import('@clack/prompts')
  const url = await clack.text({
    message: 'Where is the gateway?',
    initialValue: before.url ?? DEFAULT_URL,
    validate: (value) =>
      toUrl(value ?? '') === undefined ? `It looks like ${DEFAULT_URL}.` : undefined,
    ...onTerminal(shell),
  })
  if (clack.isCancel(url)) throw new Interrupted(130)
  const key = await askSecret(shell, 'Your key', before.key)
  return {
    url: toUrl(url) ?? url,
    key,
    ...(before.account === undefined ? {} : { account: before.account }),
  }
}

/**
 * Asks for a secret: what is typed is not shown.
 *
 * @param before kept where nothing is typed
 */
export const askSecret = async (shell: Shell, message: string, before = ''): Promise<string> => {
  const clack = await import('@clack/prompts')
  const secret = await clack.password({
    message: before === '' ? message : `${message} (Enter keeps the one you have)`,
    validate: (value) => (value || before ? undefined : 'It must not be empty.'),
    ...onTerminal(shell),
  })
  if (clack.isCancel(secret)) throw new Interrupted(130)
  return secret.trim() || before
}
