import type { Command } from 'commander'

export interface Example {
  command: string
  does: string
}

export interface Details {
  /** Shown below the options. */
  examples: readonly Example[]
  /** Paragraphs between summary and options. */
  notes?: readonly string[]
  group?: string
  /** It changes something on the hub: refused in a read-only context. */
  changes?: boolean | ((options: Record<string, unknown>) => boolean)
  /** Runs when the parent is called without a subcommand. */
  isDefault?: boolean
}

const details = new WeakMap<Command, Details>()

/** A subcommand with what help, man page and reference show about it. */
export function define(parent: Command, usage: string, summary: string, about: Details): Command {
  const command = parent.command(usage, { isDefault: about.isDefault === true }).summary(summary)
  command.description([`${upper(summary)}.`, ...(about.notes ?? [])].join('\n\n'))
  if (about.group) command.helpGroup(about.group)
  command.addHelpText('after', () => exampleText(about.examples))
  details.set(command, about)
  return command
}

export function detailsOf(command: Command): Details | undefined {
  return details.get(command)
}

function exampleText(examples: readonly Example[]): string {
  const lines = examples.map(({ command, does }) => `  ${command}\n      ${does}`)
  return `\nExamples:\n${lines.join('\n')}`
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
