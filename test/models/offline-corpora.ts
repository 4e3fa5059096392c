/** A task and the passages that a search gave for it. */
export interface Corpus {
  task: string;
  sources: { title: string; text: string }[];
}

export const lighthouses: Corpus = {
  task: "Explain how a lighthouse lens throws its beam",
  sources: [
    {
      title: "lens.md › The lens",
      text: `A lighthouse lens is built of rings of glass that bend the light of one lamp into a flat beam. Each ring has
its own angle, so that every ring sends its share of the light towards the horizon. A solid lens of that size would
weigh several tons and would swallow much of the light. For this reason the rings are thin.

\`\`\`
lens --rings 12
\`\`\`

- Glass rings are cast one by one and polished by hand.
- The lamp stands in the focus of the lens, at the height of the middle ring.`,
    },
    {
      title: "rotation.md › Rotation",
      text: `The lens turns on a bath of mercury, which carries tons of glass almost without friction. A clockwork with a
falling weight drove the rotation before electric motors came. The speed of the rotation and the number of panels
give every lighthouse a rhythm of flashes of its own. Sailors read the rhythm of the flashes from a printed list.
However, a lens that stands still in the sun can burn the hillside behind it. Keepers therefore draw curtains by day.`,
    },
    {
      title: "range.md › Range of the beam",
      text: `The range of a beam is limited by the curve of the earth more than by the lamp. A lighthouse lens forty metres
above the sea is seen from about thirteen nautical miles. Fog shortens the range to a few hundred metres, whatever the
lamp. Does a stronger lamp help? A stronger lamp only helps in haze.

| Height of the lens | Range of the beam |
| --- | --- |
| ten metres above the sea | about seven nautical miles to the horizon |`,
    },
    {
      title: "keepers.md › Life of the keepers",
      text: "Keepers grew potatoes behind the tower. Their children went to school by boat when the sea was calm.",
    },
  ],
};

export const sourdough: Corpus = {
  task: "Why does sourdough bread keep longer than bread made with yeast?",
  sources: [
    {
      title: "starter.md",
      text: `# Starter

A sourdough starter is a culture of wild yeast and lactic bacteria in flour and water. The bacteria make acids, and the
acids hold back mould. Bakers feed the starter once a day, so that the bacteria and the yeast stay in balance. A starter
that smells of vinegar has been kept too warm (see [feeding](feeding.md)).`,
    },
    {
      title: "keeping.md › Keeping bread",
      text: `Sourdough bread keeps for about a week, and bread made with baker's yeast for about three days. The acids of
sourdough slow the change of the starch that makes bread stale. Bread made with yeast alone has no acids to speak of, so
mould finds no obstacle. A loaf keeps longer in a cloth than in plastic, because its crust stays dry. It should never be put in a refrigerator.`,
    },
    {
      title: "dough.md › Time",
      text: `Sourdough needs twelve hours to rise, and dough with yeast needs two. In the long rise the bacteria turn sugar
into acids. The long rise also breaks down proteins, which some people find easier to digest. Bread from a long rise
holds more water in its crumb, and moist bread goes stale later.`,
    },
  ],
};

export const queues: Corpus = {
  task: "Write an article about how the job queue delivers a job after a worker crashes",
  sources: [
    {
      title: "queue.md › Leases",
      text: `A worker takes a job from the queue by a lease, which it has to renew every ten seconds. When a worker crashes,
nobody renews its lease, and the job becomes visible again. The queue delivers such a job to the next free worker, with
its attempt counted up. A lease carries a number, so that a worker that comes back late cannot finish a job that is no
longer its own.`,
    },
    {
      title: "queue.md › Delivery",
      text: `The queue delivers every job at least once, never exactly once. A job must therefore be safe to run twice, e.g. by
writing under a key that stays the same. After five attempts the queue moves a job to the list of dead jobs. A dead job
keeps its input and the error of its last attempt, so that an operator can put it back. Jobs of one key are delivered in
order, and a crash of the worker holds back the jobs behind it.`,
    },
    {
      title: "operations.md › Shutdown",
      text: `A worker that is asked to stop finishes its job first and takes no new one. After thirty seconds it gives the lease
back, and the queue delivers the job at once. An operator sees crashed workers by their leases, which run out without
being given back. The time between a crash and the next delivery is at most the length of a lease.`,
    },
    {
      title: "storage.md › Storage",
      text: `The queue stores jobs in one table, and a job is a row in it. Workers find the next job by an index on the time at
which it becomes visible. The table of finished jobs is emptied every night.`,
    },
  ],
};

export const corpora = [lighthouses, sourdough, queues];
