import type { Command, Option } from 'commander'
import { type ConfigurationKey, configurationKeys } from '../../hub/config/index.js'
import { version } from '../../hub/version.js'
import { argumentTerm, detailsOf, pathOf } from './define.js'
import { environment, files } from './environment.js'
import { exitMeanings } from './exit-codes.js'
import { allCommands, argumentText, optionsOf, optionText, sharedOptions, upper } from './reference.js'
import { topics } from './topics.js'

/** Manual pages in roff with the man macros, made from the definitions that the program itself uses. */

/** The pages by name: `tocsin.1`, one for each command, the topics of help and `tocsin.yaml.5`. */
export function manualPages(program: Command): Record<string, string> {
  const shown = program.commands.filter((command) => !command.name().startsWith('_'))
  return {
    'tocsin.1': overview(program, shown),
    ...Object.fromEntries(shown.map((command) => [`${nameOf(command)}.1`, commandPage(command)])),
    ...Object.fromEntries(
      pagedTopics.map(({ name, summary, text }) => [`tocsin-${name}.7`, topicPage(name, summary, text)]),
    ),
    'tocsin.yaml.5': configurationPage(configurationKeys()),
  }
}

/** The exit codes are in tocsin(1). */
const pagedTopics = topics.filter(({ name }) => name !== 'exit-codes')

function page(
  name: string,
  section: number,
  summary: string,
  lines: readonly string[],
  also: readonly string[],
): string {
  return `${[
    `.TH "${name.toUpperCase()}" ${section} "" "tocsin ${version}" "Tocsin"`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(summary)}`,
    ...lines,
    '.SH SEE ALSO',
    ...also.map((each, at) => `${reference(each)}${at < also.length - 1 ? ' ,' : ''}`),
  ].join('\n')}\n`
}

function overview(program: Command, shown: readonly Command[]): string {
  return page(
    'tocsin',
    1,
    program.description().replace(/\.$/, ''),
    [
      '.SH SYNOPSIS',
      '.B tocsin',
      roff(program.usage()),
      '.SH DESCRIPTION',
      'Data goes to stdout, everything else to stderr. An option means the same in every command that has it.',
      'Each command has a page of its own.',
      '.SH COMMANDS',
      ...shown.flatMap((command) => ['.TP', reference(`${nameOf(command)}(1)`), roff(command.summary())]),
      '.SH OPTIONS',
      ...optionsOf(program).flatMap(optionLines),
      '.SH SHARED OPTIONS',
      ...sharedOptions().flatMap(optionLines),
      '.SH EXIT STATUS',
      ...exitMeanings.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, roff(upper(meaning))]),
      '.SH ENVIRONMENT',
      ...environment.flatMap(([name, text]) => ['.TP', `.B ${name}`, roff(text)]),
      '.SH FILES',
      ...files.flatMap(([name, text]) => ['.TP', `.I ${roff(name)}`, roff(text)]),
    ],
    [...pagedTopics.map(({ name }) => `tocsin-${name}(7)`), 'tocsin.yaml(5)'],
  )
}

function commandPage(command: Command): string {
  return page(
    nameOf(command),
    1,
    command.summary(),
    [
      '.SH SYNOPSIS',
      `.B ${roff(pathOf(command) + argumentText(command))}`,
      command.commands.length > 0 ? roff('<command> [options]') : '[options]',
      '.SH DESCRIPTION',
      ...descriptionOf(command),
      ...(optionsOf(command).length > 0 ? ['.SH OPTIONS', ...optionsOf(command).flatMap(optionLines)] : []),
      ...(command.commands.length > 0 ? ['.SH COMMANDS', ...allCommands(command).flatMap(subcommand)] : []),
      '.SH EXAMPLES',
      ...examplesOf(command),
    ],
    alsoFor(command),
  )
}

function subcommand(command: Command): string[] {
  return [
    `.SS "${roff(pathOf(command) + argumentText(command))}"`,
    ...descriptionOf(command),
    ...optionsOf(command).flatMap(optionLines),
    '.PP',
    'Examples:',
    ...examplesOf(command),
  ]
}

function alsoFor(command: Command): string[] {
  const all = [command, ...allCommands(command)]
  const takes = (name: string) => all.some(({ options }) => options.some(({ long }) => long === name))
  const filters = all.some(({ registeredArguments }) =>
    registeredArguments.some((argument) => argumentTerm(argument).includes('filter')),
  )
  return [
    'tocsin(1)',
    ...(filters || takes('--where') ? ['tocsin-filters(7)'] : []),
    ...(takes('--from') ? ['tocsin-positions(7)'] : []),
    ...(takes('--template') ? ['tocsin-formats(7)'] : []),
    ...(takes('--config') ? ['tocsin.yaml(5)'] : []),
  ]
}

function topicPage(name: string, summary: string, text: string): string {
  const lines = ['.SH DESCRIPTION', '.nf', ...text.split('\n').map(roffLine), '.fi']
  return page(`tocsin-${name}`, 7, summary, lines, ['tocsin(1)'])
}

function configurationPage(keys: readonly ConfigurationKey[]): string {
  return page(
    'tocsin.yaml',
    5,
    'configuration of the Tocsin hub',
    [
      '.SH DESCRIPTION',
      'Everything has a default, and no file is needed. The first of these is read: the file that',
      `.B ${roff('--config')}`,
      'names, the one that',
      '.B TOCSIN_CONFIG',
      'names,',
      `.IR ${roff('$XDG_CONFIG_HOME/tocsin/tocsin.yaml')} ,`,
      '.IR /etc/tocsin/tocsin.yaml .',
      `.B ${roff('tocsin config check')}`,
      'reports all problems of a file together, with their places.',
      '.SH KEYS',
      ...keys.flatMap(({ key, value, usual, description }) => [
        '.TP',
        `.B ${roff(plain(key))}`,
        roffLine(
          [plain(value), usual === '' ? '' : `default: ${usual}`, plain(description)]
            .filter((part) => part !== '')
            .join('; '),
        ),
      ]),
    ],
    ['tocsin(1)', 'tocsin-serve(1)', 'tocsin-config(1)'],
  )
}

/** Returns the text without the marks of Markdown. */
function plain(text: string): string {
  return text.replaceAll('`', '').replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
}

function nameOf(command: Command): string {
  return pathOf(command).replaceAll(' ', '-')
}

function reference(name: string): string {
  const [, page = name, section = ''] = /^(.+)(\(\d\))$/.exec(name) ?? []
  return `.BR ${roff(page)} ${section}`
}

function descriptionOf(command: Command): string[] {
  return command
    .description()
    .split('\n\n')
    .flatMap((paragraph) => ['.PP', ...paragraph.split('\n').map(roffLine)])
}

function optionLines(option: Option): string[] {
  return ['.TP', `.B ${roff(option.flags)}`, roffLine(upper(optionText(option)))]
}

function examplesOf(command: Command): string[] {
  const examples = detailsOf(command)?.examples ?? []
  return examples.flatMap((example) => ['.TP', `.B ${roff(example.command)}`, roffLine(upper(example.does))])
}

function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq').replaceAll("'", '\\(aq')
}

/** Escaped, also where a line begins with a dot or a quote, which would make it a request. */
function roffLine(line: string): string {
  const escaped = roff(line)
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}
