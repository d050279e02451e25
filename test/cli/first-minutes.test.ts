/** What a new user meets in the first ten minutes: command lines, their output and exit codes. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, afterAll, expect, it } from 'vitest'
import { freePort } from '../../scripts/ports.ts'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { sharedGateway } from '../shared/gateway.ts'
import { type Environment, runCli } from './harness.ts'

const gateway = await sharedGateway()
const folder = temporaryFolder()
const file = (name: string) => join(folder.path, name)
afterAll(() => folder[Symbol.dispose]())

const ALL_SCOPES = ['generations:read', 'generations:write', 'schedules:read', 'schedules:write']
const [key = '', poor = '', rich = ''] = await Promise.all(
  ['', '-poor', '-rich'].map((name) =>
    gateway.newKey(`first-minutes${name}`, [...ALL_SCOPES, 'admin']),
  ),
)
const writer = await gateway.newKey('first-minutes-writer', ['schedules:write'])
const npm = { npm_lifecycle_event: 'pika' }

const pika = (args: readonly string[], env: Environment = {}, columns?: number) =>
  runCli(args, {
    env: { HOME: folder.path, PIKA_EDGE_URL: gateway.url, PIKA_EDGE_KEY: key, TZ: 'UTC', ...env },
    ...(columns === undefined ? {} : { columns }),
  })

let schedule: string
beforeAll(async () => {
  await pika(['accounts', 'update', '--daily-budget', '0.1'], { PIKA_EDGE_KEY: poor })
  const args = ['schedules', 'create', 'mornings', 'Dawn', '--cron', '0 9 * * *', '--json']
  const made: { id: string } = JSON.parse((await pika(args)).stdout)
  schedule = made.id
  writeFileSync(file('prompts.txt'), 'One on {{date}}\n\nTwo\n')
  await pika(['generate', 'A kite', '--out', file('kite.mp4')])
})

type Row = readonly [
  line: string,
  exitCode: number,
  stdout: string | RegExp,
  stderr: string | RegExp,
  env?: Environment,
]

const EVERY_MINUTE = '--cron=*+*+*+*+*'

/** Spaces split words; `+` stands for a space. SCH is a schedule; nothing listens at NOWHERE. */
const ROWS: readonly Row[] = [
  // Quotes.
  [
    'generate Sunlight on a slow river -r 1080p',
    2,
    '',
    "✖ a prompt of several words needs quotes\n  Quote it: 'Sunlight on a slow river'\n",
  ],
  ["schedules create a It's dawn --cron @daily", 2, '', /Quote it: 'It'\\''s dawn'\n$/],
  // Hints that can be pasted.
  ['list', 3, '', /or run: pika-edge config init/, { PIKA_EDGE_KEY: '' }],
  [
    'list',
    3,
    '',
    /or run: npm run -s pika -- config init/,
    { PIKA_EDGE_KEY: '', ...npm, npm_config_loglevel: 'silent' },
  ],
  [
    'list',
    3,
    '',
    /or run: node --run pika -- config init/,
    { PIKA_EDGE_KEY: '', NODE_RUN_SCRIPT_NAME: 'pika' },
  ],
  ['list', 3, '', /or run: npx pika-edge config init/, { PIKA_EDGE_KEY: '', npm_command: 'exec' }],
  [
    'list --help',
    0,
    /^Usage: npx pika-edge list[^]*\$ npx pika-edge list/,
    '',
    { npm_command: 'exec' },
  ],
  // npm prints its banner before the data unless it is silent.
  ['config path', 0, /config\.json\n$/, /get only the data: npm run -s pika -- …\n/, npm],
  ['config path', 0, /config\.json\n$/, '', { ...npm, npm_config_loglevel: 'silent' }],
  // Addresses.
  ['config get --json --url localhost:8787', 0, /"http:\/\/localhost:8787"/, ''],
  ['config get --json --url 127.0.0.1:1/', 0, /"http:\/\/127.0.0.1:1"/, ''],
  ['config get --json --url pika.example.com', 0, /"https:\/\/pika.example.com"/, ''],
  ['webhooks list --url localhost:9', 8, '', /^✖ the gateway at http:\/\/localhost:9 cannot be/],
  ['list --url localhost:9', 8, '', /^✖ the gateway at http:\/\/localhost:9 cannot be reached: /],
  ['list --url NOWHERE', 8, '', /cannot be reached: nothing is listening there\n/],
  ['generate A+kite --url NOWHERE', 8, '', /^✖ .* cannot be reached: nothing is listening there\n/],
  // The advice does not need the key that is missing.
  ['doctor --key pika_nobody', 1, /it is the ADMIN_KEY in \.dev\.vars/, '✖ one thing is wrong\n'],
  // Help, when a command is missing and when it is requested.
  ['', 2, '', /^Usage: pika-edge [^]*Examples:[^✖]*$/],
  ['keys', 2, '', /^Usage: pika-edge keys[^]*Examples:[^✖]*$/],
  ['generate --help', 0, /\$ pika-edge generate/, ''],
  ['watch --help', 0, /\$ pika-edge watch/, ''],
  ['schedule --help', 0, /\$ pika-edge schedule/, ''],
  ['keys --help', 0, /\$ pika-edge keys/, ''],
  ['doctor --help', 0, /\$ pika-edge doctor/, ''],
  // Names.
  ['schedules list', 0, /mornings/, ''],
  ['schedule list', 0, /mornings/, ''],
  ['schedules get SCH', 0, /mornings/, ''],
  ['schedule show SCH', 0, /mornings/, ''],
  ['generations list', 0, /A kite/, ''],
  ['key list', 0, /key_/, ''],
  ['usage', 0, /^charged +\$0\.20$/m, ''],
  ['accounts get', 0, /daily budget/, ''],
  ['account show', 0, /daily budget/, ''],
  ['keys get key_nobody', 4, '', /^✖ there is no such key \(not_found\)\n/],
  // An update keeps the settings that it does not name.
  ['schedules update SCH', 2, '', /name what to change/],
  ['schedules update SCH -r 1080p --name noon', 0, /name +noon[^]*1080p[^]*prompt +Dawn/, ''],
  ['schedules update SCH --prompts PROMPTS', 0, /prompts +2, in turn/, ''],
  [
    'schedules update SCH Dusk --cron 0+25+*+*+*',
    6,
    '',
    /cron cannot be read: the hour \(0 to 23\)/,
  ],
  ['schedules update SCH Dusk --daily-budget 1', 0, /prompt +Dusk[^]*daily budget +\$1\.00/, ''],
  // Large costs need confirmation.
  [
    `schedules create all Dawn ${EVERY_MINUTE}`,
    2,
    '',
    /^✖ It may cost \$8640\.00 in 30 days; .* Use --yes to agree/,
  ],
  ['accounts update --monthly-budget none', 0, /monthly budget +none/, ''],
  [`schedules update SCH ${EVERY_MINUTE} --daily-budget none`, 2, '', /\$19440\.00 in 30 days/],
  [`schedules create all Dawn ${EVERY_MINUTE} --daily-budget 1`, 0, /name +all/, '✔ created\n'],
  [`schedules create paused Dawn ${EVERY_MINUTE} --paused`, 0, /state +paused/, '✔ created\n'],
  [
    'schedules create small Dawn --cron @daily',
    2,
    '',
    /^✖ This key cannot see what it will cost/,
    { PIKA_EDGE_KEY: writer },
  ],
  [`schedules preview ${EVERY_MINUTE}`, 0, /30 days +\$8640\.00/, ''],
  ['schedule preview --cron @hourly -d 10', 0, /^a run +\$0\.40$/m, ''],
  [
    'schedule preview --cron @hourly --prompts PROMPTS --json',
    0,
    /"prompt": ?"One on \d{4}-\d\d-\d\d"/,
    '',
  ],
  ['schedule preview Three --cron @hourly --prompts PROMPTS', 2, '', /prompts/],
  ['schedule preview --cron now+and+then', 6, '', /cron /],
  // User and webhook, wherever a request accepts them.
  ['schedules update SCH --user u_3', 0, /\nuser +u_3\n/, ''],
  ['schedules update SCH --user none', 0, /^(?![^]*\nuser )[^]*\nruns so far/, ''],
  [
    'schedules create told Dawn --cron @daily --user u_2 --webhook-url http://127.0.0.1:9/hook',
    0,
    /\nuser +u_2\nwebhook +http:\/\/127\.0\.0\.1:9\/hook\n/,
    '✔ created\n',
  ],
  ['generate A+wire --webhook-url ftp://example.com', 6, '', /webhook_url /],
  ['estimate --user u_1 --webhook-url https://example.com/hook', 0, /cost +\$0\.20/, ''],
  // Money.
  ['estimate -r 1080p -d 10', 0, /^cost +\$0\.90\n[^]*^accepted now +yes$/m, ''],
  ['account set', 2, '', /name what to change/],
  ['account set --time-zone Mars', 6, '', /time_zone/],
  [
    'account set --daily-budget 3 --time-zone Europe/Paris --json',
    0,
    /"daily_budget_usd": ?3,[^]*"time_zone": ?"Europe\/Paris"/,
    '',
    { PIKA_EDGE_KEY: rich },
  ],
  ['account show', 0, /^daily budget +\$3\.00$[^]*Europe\/Paris/m, '', { PIKA_EDGE_KEY: rich }],
  ['usage --from yesterday', 6, '', /from/],
  // The schedule that runs every minute may have run by now.
  ['estimate A+kite -a 9:16 -n fog -m a=b', 0, /cost +\$0\.20/, ''],
  [
    'usage --csv',
    0,
    /^day,generations,charged_usd,reserved_usd,unknown_usd,released_usd\n\d{4}-\d\d-\d\d,(1,0\.2|2,0\.4),0,0,0\n$/,
    '',
  ],
  ['usage --by key --csv', 0, /^key_id,.*\nkey_\w+,(1,0\.2|2,0\.4),0,0,0\n$/, ''],
  ['generate A+raft --user u_1', 0, /\.mp4/, /charged/],
  ['list --user u_1', 0, /^id.*\ngen_.*A raft\n$/, ''],
  ['usage --by user --csv', 0, /^user,.*\nu_1,1,0\.2,0,0,0\n,\d+,[^]*$/, ''],
  ['usage --by status', 0, /^completed +(2 +\$0\.40|3 +\$0\.60|4 +\$0\.80)/m, ''],
  ['usage --csv --json', 2, '', /"code":"cli"/],
  [
    'generate A+kite',
    5,
    '',
    /account_daily: \$0\.10 of \$0\.10 left, \$0\.20 needed[^]*pika-edge accounts update --daily-budget <usd>\n/,
    { PIKA_EDGE_KEY: poor },
  ],
  // Typing errors.
  ['schedules creat a b', 2, '', /Did you mean create\?/],
  ['genrate A+kite', 2, '', /\(Did you mean generate\?\)/],
  ['generations lst', 2, '', /^✖ unknown command 'lst'\n {2}\(Did you mean list\?\)\n$/],
  ['generate A+kite --resoluton 720p', 2, '', /Did you mean --resolution\?/],
]

const like = (wanted: string | RegExp): unknown =>
  expect.stringMatching(
    typeof wanted === 'string'
      ? new RegExp(`^${wanted.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)
      : wanted,
  )

it.each(ROWS.map(([line, ...rest]) => ({ line, rest })))('$line', async ({ line, rest }) => {
  const [exitCode, stdout, stderr, env] = rest
  const names: Readonly<Record<string, string>> = {
    SCH: schedule,
    PROMPTS: file('prompts.txt'),
    NOWHERE: `http://127.0.0.1:${await freePort()}`,
  }
  const words = line.split(' ').filter((word) => word !== '')
  const args = words.map((word) => names[word] ?? word.replaceAll('+', ' '))
  const ran = await pika(args, env)
  expect(ran).toEqual({ exitCode, stdout: like(stdout), stderr: like(stderr) })
})

it.each([['list'], ['schedules list'], ['keys list'], ['schedules runs SCH'], ['usage']])(
  'fits 80 columns: %s',
  async (line) => {
    const args = line.split(' ').map((word) => (word === 'SCH' ? schedule : word))
    await pika(['schedules', 'run', schedule, '--no-wait'])
    const { exitCode, stdout } = await pika(args, { NO_COLOR: '1' }, 80)
    expect(exitCode).toBe(0)
    const widths = stdout.split('\n').map((text) => text.length)
    expect(Math.max(...widths)).toBeLessThanOrEqual(80)
  },
)
