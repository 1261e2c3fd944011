/** The texts about publishing an event. */
export const publishStrings = {
  title: 'Publish an event',
  tag: 'Tag',
  tagHint: 'deploy/web1/done',
  data: 'Data, in JSON',
  type: (type: string) => `Type ${type}`,
  fields: 'Fields of this type. A click adds one.',
  required: 'required',
  publish: 'Publish',
  published: 'Published.',
  notJson: (why: string) => `This is no JSON: ${why}`,
  missing: (names: string) => `The type requires ${names} too.`,
  unknown: (names: string) => `The type does not know ${names}.`,
} as const
