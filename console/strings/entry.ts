import { formatCount as count } from '../../src/types/figures.js'

/** Texts of the dialog for a rule, a sink or a source. */
export const entryStrings = {
  new: { rules: 'New rule', sinks: 'New sink', sources: 'New source' },
  titles: {
    rules: (name: string) => `Rule ${name}`,
    sinks: (name: string) => `Sink ${name}`,
    sources: (name: string) => `Source ${name}`,
  },
  type: 'Type',
  name: 'Name',
  nameHint: 'letters, digits, dashes and underscores',
  addTo: (list: string) => `Add one to ${list}`,
  removeFrom: (list: string, which: string) => `Remove ${which} from ${list}`,
  loading: 'Loading …',
  chooseType: 'Choose a type to see its keys.',
  needed: 'needed',
  usual: (text: string) => `default: ${text}`,
  more: (number: number) => `${count(number)} more keys`,
  kept: '*** stands for a secret that is set and not shown. It is kept as long as *** stays.',
  again: (names: string) =>
    `This is sent elsewhere then, so it must be given again: ${names}. Type it, even if it stays the same.`,
  emptied: (names: string) =>
    `No key of it is set any longer, so this is removed as a whole, with its defaults: ${names}.`,
  file: 'It names a file or folder of the machine of the hub, so it is changed there, or in the file.',
  fileSecret:
    'What a file says would be sent there, so it is changed on the machine of the hub, or in the file.',
  local: 'It is changed on the machine of the hub, or in the file.',
  allLocal:
    'All of this works with files, programs or devices of the machine of the hub, so it is changed in the file, or there with tocsin config set. Nothing can be typed here.',
  notFound: 'The configuration of this hub does not have it under this name.',
  add: 'Add to the candidate',
  next: 'Nothing changes before you commit it, on the page that follows.',
  remove: 'Remove',
  notRemovable: 'It has keys that are changed on the machine of the hub, so it is removed there.',
  unchanged: 'Nothing was changed.',
  nameless: 'It needs a name.',
  taken: (name: string) => `There is one of the name ${name} already.`,
  other: (dropped: string) =>
    `Somebody has changed this meanwhile. Nothing was done; the form has what is there now, and what you typed${dropped && `, except in ${dropped}, where it would undo that change`}.`,
  gone: 'Somebody has removed this meanwhile, or given it another name. Nothing was done.',
  past: 'Try it on the last day',
  pastHint: 'Counts what `filter` and `where` match; the other keys are not looked at.',
  notTried: (condition: string) =>
    `${condition}: it has no \`filter\` or \`where\`, and lines cannot be tried here.`,
  preview: 'Show what it sends now',
} as const
