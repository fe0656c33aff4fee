'use strict';
// Sends Tonny something while the workflow runs: a piece of the answer, or, to every Tonny
// that is connected, something that nobody asked for.
const shared = (globalThis.__tonny ??= { asked: new Map(), sockets: new Set() });

class TonnySay {
	description = {
		displayName: 'Tonny Say',
		name: 'tonnySay',
		icon: 'fa:bullhorn',
		group: ['output'],
		version: 1,
		description: 'Makes Tonny speak at once',
		defaults: { name: 'Tonny Say' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [
			{
				displayName: 'As',
				name: 'mode',
				type: 'options',
				default: 'answer',
				options: [
					{ name: 'Part of the answer', value: 'answer', description: 'To whoever asked' },
					{ name: 'Say by itself', value: 'say', description: 'To everyone who is connected' },
					{ name: 'Notification', value: 'notify', description: 'On the desktop of everyone who is connected' },
				],
			},
			{ displayName: 'Request ID', name: 'requestId', type: 'string', default: '={{ $("Tonny Trigger").item.json.id }}', displayOptions: { show: { mode: ['answer'] } } },
			{ displayName: 'Text', name: 'text', type: 'string', default: '' },
		],
	};

	async execute() {
		const items = this.getInputData();
		items.forEach((_, i) => {
			const [mode, text] = ['mode', 'text'].map((name) => this.getNodeParameter(name, i));
			const id = mode === 'answer' ? this.getNodeParameter('requestId', i) : undefined;
			const sockets = mode === 'answer' ? shared.asked.get(id)?.sockets : shared.sockets;
			const message = mode === 'answer' ? { type: 'chunk', id, text } : { type: 'event', event_type: mode, data: { text } };
			for (const socket of sockets ?? []) {
				if (socket.readyState === 1) socket.send(JSON.stringify(message));
			}
		});
		return [items];
	}
}

module.exports = { TonnySay };
