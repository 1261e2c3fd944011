import type { Argument, Command, HelpConfiguration } from 'commander'
import { colorModes } from '../terminal/colors.js'
import { sharedOption } from './vocabulary.js'

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
  /** An older name that still works, without being shown. */
  formerly?: string
}

const details = new WeakMap<Command, Details>()

/** Adds a subcommand, with all that help, manual page and reference show about it. */
export function define(parent: Command, usage: string, summary: string, about: Details): Command {
  const command = parent.command(usage, { isDefault: about.isDefault === true }).summary(summary)
  command.helpCommand('help [command]', 'Show help on one of these')
  command.description([`${summary}.`, ...(about.notes ?? [])].join('\n\n'))
  if (about.formerly !== undefined) command.alias(about.formerly)
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

/** Headings in the list of commands. */
export const groups = {
  hub: 'Run a hub:',
  events: 'Publish and read events:',
  copy: 'Copy and move events:',
  inspect: 'Inspect a hub:',
  consumers: 'Durable consumers:',
  settings: 'Settings:',
  help: 'Help:',
} as const

/** Writes commands in help without the older names, and without `[options]` in lists. */
export const helpStyle: HelpConfiguration = {
  subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
  commandUsage: (command) => `${pathOf(command)} ${command.usage()}`,
}

export function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${name}>` : `[${name}]`
}

/** Adds `--color` to every command, without showing it in the help of each. */
export function colorOption(command: Command): void {
  command.addOption(
    sharedOption('--color')
      .choices(colorModes)
      .hideHelp(command.parent !== null),
  )
  for (const each of command.commands) colorOption(each)
}

/** The subcommand of this name, or formerly of this name. */
export function findCommand(parent: Command, word: string): Command | undefined {
  return parent.commands.find((each) => each.name() === word || each.aliases().includes(word))
}

/** All names from the program on, such as `tocsin log verify`. */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}
