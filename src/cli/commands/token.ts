import { type Command, Option } from 'commander'
import type { MadeTokenInfo, TokenInfo } from '../../bus/token-types.js'
import { formatTime } from '../../event/range.js'
import { define } from '../define.js'
import { plural } from '../figures.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { parseTimeSpan, type ReportOptions, reportOptions } from '../options.js'
import { report } from '../report.js'
import { givenRights, type RightsOptions, rightsOptions, rightsText } from '../rights-options.js'
import { type Column, tableLines } from '../table.js'

export function defineToken(program: Command, io: Io): void {
  const tokens = define(program, 'token', 'who may come in over HTTP, WebSocket and TCP', {
    group: groups.hub,
    notes: [
      'A token is shown once, when it is made; the hub keeps its hash. Changes count at once, for what is open too.',
    ],
    examples: [
      {
        command: "export TOKEN=$(tocsin token add me --see '*' --publish 'demo/')",
        does: 'a token with rights of its own',
      },
      { command: 'tocsin token list', does: 'who has one, and when it was used last' },
    ],
  })
  defineAdd(tokens, io)
  defineList(tokens, io)
  defineRotate(tokens, io)
  defineRevoke(tokens, io)
  definePassword(tokens, io)
}

function defineAdd(tokens: Command, io: Io): void {
  const command = define(tokens, 'add <name>', 'make a token, and print it', {
    changes: true,
    notes: [
      'Rights given here make a principal of the name of the token. Without any it is a token of the principal of this name in the configuration, or of --principal.',
    ],
    examples: [
      { command: "tocsin token add me --see '*' --publish 'demo/'", does: 'rights of its own' },
      { command: 'tocsin token add laptop --principal ops --expires 30d', does: 'the rights of ops' },
    ],
  })
  rightsOptions(command)
    .option('--principal <name>', 'a principal of the configuration, whose token it is')
    .addOption(spanOption('--expires <duration>', 'how long it is good, such as 30d (default: for ever)'))
  reportOptions(command).action(
    async (
      name: string,
      options: ReportOptions & RightsOptions & { principal?: string; expires?: number },
    ) => {
      const { ask } = await import('../hub.js')
      const { principal, expires } = options
      const rights = givenRights(options)
      const made = await ask(io, options, 'tokens.add', {
        name,
        ...(principal === undefined ? {} : { principal }),
        ...(rights === undefined ? {} : { rights }),
        ...(expires === undefined ? {} : { expires: expires * 1000 }),
      })
      await showMade(io, options, made)
    },
  )
}

function defineList(tokens: Command, io: Io): void {
  const command = define(tokens, 'list', 'all tokens: rights, expiry, last use', {
    isDefault: true,
    examples: [{ command: 'tocsin token list', does: 'never the tokens themselves' }],
  })
  reportOptions(command).action(async (options: ReportOptions) => {
    const { ask } = await import('../hub.js')
    const { tokens } = await ask(io, options, 'tokens.list', {})
    await report(io, options.format, tokens, () =>
      tokens.length === 0 ? ['there are no tokens'] : tableLines(columns, tokens, io.out.columns),
    )
  })
}

function defineRotate(tokens: Command, io: Io): void {
  const command = define(tokens, 'rotate <name>', 'make another token in place of one, and print it', {
    changes: true,
    examples: [
      { command: 'tocsin token rotate me', does: 'the old one ends at once' },
      { command: 'tocsin token rotate me --grace 1h', does: 'the old one is good for another hour' },
    ],
  })
  command.addOption(spanOption('--grace <duration>', 'how long the old one is still good (default: 0s)'))
  reportOptions(command).action(async (name: string, options: ReportOptions & { grace?: number }) => {
    const { ask } = await import('../hub.js')
    const { grace } = options
    const made = await ask(io, options, 'tokens.rotate', {
      name,
      ...(grace === undefined ? {} : { grace: grace * 1000 }),
    })
    await showMade(io, options, made)
  })
}

function defineRevoke(tokens: Command, io: Io): void {
  const command = define(tokens, 'revoke <name>', 'end a token, and whatever is open with it', {
    changes: true,
    examples: [{ command: 'tocsin token revoke me', does: 'its connections are closed' }],
  })
  reportOptions(command).action(async (name: string, options: ReportOptions) => {
    const { ask } = await import('../hub.js')
    const result = await ask(io, options, 'tokens.revoke', { name })
    await report(io, options.format, [result], () => [
      `${result.name} is revoked${result.revoked > 1 ? ` (${plural(result.revoked, 'token')})` : ''}`,
    ])
  })
}

function definePassword(tokens: Command, io: Io): void {
  const command = define(tokens, 'password <principal>', 'set a password, for HTTP Basic', {
    changes: true,
    notes: ['It is asked for at the terminal, or read from stdin; it is never an argument.'],
    examples: [
      { command: 'tocsin token password me', does: 'asks twice, shows nothing' },
      { command: 'tocsin token password me --remove', does: 'takes it away' },
    ],
  })
  command.option('--remove', 'take the password away')
  reportOptions(command).action(async (principal: string, options: ReportOptions & { remove?: boolean }) => {
    const { ask } = await import('../hub.js')
    if (options.remove) {
      const result = await ask(io, options, 'passwords.remove', { principal })
      await report(io, options.format, [result], () => [`${principal} has no password any more`])
      return
    }
    const { askSecret } = await import('../ask-secret.js')
    const password = await askSecret(io, `password of ${principal}`)
    const result = await ask(io, options, 'passwords.set', { principal, password })
    await report(io, options.format, [result], () => [`${principal} has this password from now on`])
  })
}

/** Nothing but the token on stdout: it goes into a variable. */
async function showMade(io: Io, options: ReportOptions, made: MadeTokenInfo): Promise<void> {
  const until = made.expires === undefined ? '' : `, until ${formatTime(made.expires)}`
  io.note(`${made.name} is ${made.principal}: ${rightsText(made.rights)}${until}. It is shown this once.`)
  await report(io, options.format, [made], () => [made.token])
}

/** ms */
function spanOption(flags: string, text: string): Option {
  return new Option(flags, text).argParser(parseTimeSpan)
}

const columns: readonly Column<TokenInfo>[] = [
  { title: 'NAME', text: (row) => row.name },
  { title: 'PRINCIPAL', text: (row) => row.principal },
  { title: 'RIGHTS', text: (row) => rightsText(row.rights), flexible: true },
  { title: 'CREATED', text: (row) => formatTime(row.created), flexible: true },
  { title: 'EXPIRES', text: (row) => (row.expires === undefined ? 'never' : formatTime(row.expires)) },
  { title: 'LAST USE', text: (row) => (row.lastUsed === undefined ? 'never' : formatTime(row.lastUsed)) },
  { title: 'STATE', text: (row) => row.state },
]
