import type { Command } from 'commander'
import type { ConfigEditParams } from '../../../methods/contract/index.js'
import { define } from '../../help/define.js'
import { type ReportOptions, reportOptions } from '../../help/options.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { type SessionOptions, sessionOf, sessionOptions, sessionParams } from './session.js'

const KEYS =
  'A key is written as tocsin config show prints it: log.retention.age, salt[0].bus, and salt[] for a new entry at the end of a list.'
const CANDIDATE =
  'Edits go to a candidate, which only you can edit until you commit or discard it; the hub drops one that nobody uses for 30 minutes.'

/** Commands that edit the candidate and show it. */
export function defineEditing(config: Command, io: Io): void {
  defineSet(config, io)
  defineDelete(config, io)
  defineEdit(config, io)
  defineDiff(config, io)
  defineDiscard(config, io)
}

function defineSet(parent: Command, io: Io): void {
  const command = define(parent, 'set <assignment...>', 'Set keys in the candidate', {
    changes: true,
    notes: [
      `${KEYS} A value is YAML: 7d, 5, true, [a/, b/], { address: 0.0.0.0:4580, tls: true }.`,
      CANDIDATE,
    ],
    examples: [
      { command: 'tocsin config set log.retention.age=30d limits.requests=32', does: 'two keys' },
      { command: "tocsin config set principals.deploy '{ publish: [deploy/] }'", does: 'one key with a map' },
      {
        command: 'tocsin config set listen.tcp=on && tocsin config commit --confirmed 600',
        does: 'edit, and put it into effect at once',
      },
    ],
  })
  sessionOptions(command).action(async (words: string[], options: SessionOptions) => {
    const { editsOf } = await import('./assignments.js')
    await edit(io, options, { edits: editsOf(words) })
  })
}

function defineDelete(parent: Command, io: Io): void {
  const command = define(
    parent,
    'delete <key...>',
    'Delete keys from the candidate, which get their defaults',
    {
      changes: true,
      notes: [KEYS, CANDIDATE],
      examples: [
        { command: 'tocsin config delete principals.deploy', does: 'a principal and all its rights' },
        { command: "tocsin config delete 'salt[0]'", does: 'the first entry of a list' },
      ],
    },
  )
  sessionOptions(command).action(async (keys: string[], options: SessionOptions) => {
    await edit(io, options, { edits: keys.map((key) => ({ key, delete: true })) })
  })
}

function defineEdit(parent: Command, io: Io): void {
  const command = define(parent, 'edit', 'Edit the candidate in your editor', {
    changes: true,
    notes: ['Opens the file in $VISUAL, $EDITOR or vi. Over a unix socket only.', CANDIDATE],
    examples: [
      { command: 'tocsin config edit', does: 'then tocsin config diff and tocsin config commit' },
      { command: 'EDITOR=nano tocsin config edit', does: 'in another editor' },
    ],
  })
  sessionOptions(command).action(async (options: SessionOptions) => {
    const { editText } = await import('./editor.js')
    await editText(io, { ...options, session: sessionOf(options) })
  })
}

function defineDiff(parent: Command, io: Io): void {
  const command = define(parent, 'diff', 'Show what the candidate would change', {
    notes: [
      'Shows which changes wait for a restart of the hub, and warns of what a commit would refuse. Secrets are masked.',
    ],
    examples: [
      { command: 'tocsin config diff', does: 'before a commit' },
      {
        command: 'tocsin config diff --format json | jq -r .changes[].key',
        does: 'the changed keys, for a script',
      },
    ],
  })
  reportOptions(command).action(async (options: ReportOptions) => {
    const [{ ask }, { reportDiff }] = await Promise.all([
      import('../../hub/connect.js'),
      import('./config-text.js'),
    ])
    await reportDiff(io, options.format, await ask(io, options, 'config.diff', {}))
  })
}

function defineDiscard(parent: Command, io: Io): void {
  const command = define(parent, 'discard', 'Drop the candidate', {
    changes: true,
    examples: [
      { command: 'tocsin config discard', does: 'your own' },
      { command: 'tocsin config discard --force', does: 'that of another session' },
    ],
  })
  sessionOptions(command).action(async (options: SessionOptions) => {
    const { askPatiently } = await import('./patience.js')
    const result = await askPatiently(io, options, 'config.discard', sessionParams(options))
    await report(io, options.format, [result], () => [
      result.discarded ? 'the candidate is dropped; nothing was changed' : 'there is no candidate',
    ])
  })
}

async function edit(io: Io, options: SessionOptions, edits: ConfigEditParams): Promise<void> {
  const [{ askPatiently }, { reportDiff }] = await Promise.all([
    import('./patience.js'),
    import('./config-text.js'),
  ])
  const diff = await askPatiently(io, options, 'config.edit', { ...edits, ...sessionParams(options) })
  await reportDiff(io, options.format, diff)
}
