'use strict';
// Tells Tonny something while the workflow runs: a piece of the answer, or, to every Tonny
// that is connected, something that nobody asked for.
const { asked, clients } = require('./tonny.js');

const MODES = [
	{ name: 'Part of the Answer', value: 'answer', description: 'Is said to whoever asked' },
	{ name: 'Say', value: 'say', description: 'Everyone who is connected says it, unasked' },
	{ name: 'Notify', value: 'notify', description: 'Shows a notification on the desktop' },
	{ name: 'Listen', value: 'listen', description: 'Listens for one utterance' },
	{ name: 'Stop', value: 'stop', description: 'Is quiet' },
	{ name: 'Mute', value: 'mute', description: 'Hears nothing, or hears again' },
	{ name: 'Set', value: 'set', description: 'Changes a setting, such as audio.mode' },
];
const FIELDS = { say: ['text'], notify: ['text', 'title'], listen: [], stop: [], mute: ['on'], set: ['name', 'value'] };
const shownFor = (...mode) => ({ displayOptions: { show: { mode } } });

class TonnySay {
	description = {
		displayName: 'Tonny Say',
		name: 'tonnySay',
		icon: 'fa:bullhorn',
		group: ['output'],
		version: 1,
		subtitle: '={{ $parameter["mode"] }}',
		description: 'Makes Tonny speak at once',
		defaults: { name: 'Tonny Say' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [
			{ displayName: 'What', name: 'mode', type: 'options', noDataExpression: true, default: 'answer', options: MODES },
			{ displayName: 'Request ID', name: 'requestId', type: 'string', default: '={{ $("Tonny Trigger").item.json.id }}', ...shownFor('answer') },
			{ displayName: 'Text', name: 'text', type: 'string', default: '', ...shownFor('answer', 'say', 'notify') },
			{ displayName: 'Title', name: 'title', type: 'string', default: 'Tonny', ...shownFor('notify') },
			{ displayName: 'Muted', name: 'on', type: 'boolean', default: true, ...shownFor('mute') },
			{ displayName: 'Setting', name: 'name', type: 'string', default: 'audio.mode', ...shownFor('set') },
			{ displayName: 'Value', name: 'value', type: 'string', default: '', ...shownFor('set') },
		],
	};

	async execute() {
		const given = (name, i) => this.getNodeParameter(name, i);
		const told = (item, i) => {
			const mode = given('mode', i);
			if (mode === 'answer') {
				answer(given('requestId', i), given('text', i), this.getExecutionId());
				return item;
			}
			const fields = FIELDS[mode].map((name) => [name, given(name, i)]);
			const event = { type: 'event', event_type: mode, data: Object.fromEntries(fields) };
			const reached = [...clients].filter((client) => client.send(event));
			return { ...item, json: { ...item.json, told: reached.length } };
		};
		return [this.getInputData().map(told)];
	}
}

function answer(id, text, execution) {
	const question = asked.get(id);
	if (question?.dropped) throw new Error('nobody waits for this answer any more');
	question?.say(text, execution);
}

module.exports = { TonnySay };
