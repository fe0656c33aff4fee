'use strict';
// What the two nodes share: who is connected, what is being asked, and how to tell them.
const { createHmac, randomUUID } = require('node:crypto');
const { createRequire } = require('node:module');

const n8n = createRequire(require.main.filename); // finds what n8n itself is made of

const clients = new Set(); // every Tonny that is connected
const asked = new Map(); // by its id, the Question whose workflow runs

class Client {
	constructor(socket, secret) {
		this.socket = socket;
		this.secret = secret;
		this.alive = true;
	}

	send(message) {
		if (this.socket.readyState !== this.socket.OPEN) return false;
		const text = JSON.stringify(message);
		const bare = !this.secret || message.type === 'ack' || message.type === 'pong'; // they tell nothing
		this.socket.send(bare ? text : signed(text, this.secret));
		return true;
	}
}

// Some clients may wait for the same answer; who comes later gets what was said before.
class Question {
	constructor(id) {
		this.id = id;
		this.clients = new Set();
		this.chunks = [];
		this.execution = undefined; // known once a Tonny Say of the run has told it
		this.dropped = false;
	}

	join(client) {
		this.dropped = false;
		if (this.clients.has(client)) return;
		this.clients.add(client);
		for (const chunk of this.chunks) client.send(chunk);
	}

	leave(client) {
		return this.clients.delete(client) && this.clients.size === 0;
	}

	say(text, execution) {
		this.execution = execution;
		this.tell({ type: 'chunk', id: this.id, text, execution_id: execution });
	}

	tell(message) {
		this.chunks.push(message);
		for (const client of this.clients) client.send(message);
	}

	// Nobody wants the answer any more. The run ends at once where its name is known, and
	// else at its next Tonny Say, unless somebody asks again before.
	drop() {
		this.dropped = true;
		if (this.execution && stop(this.execution)) asked.delete(this.id);
	}
}

// n8n gives nodes no way to stop a run, so this takes its own. False where another version
// of n8n has that elsewhere.
function stop(execution) {
	try {
		const { Container } = n8n('@n8n/di');
		const { ActiveExecutions } = n8n('../dist/active-executions');
		const { ManualExecutionCancelledError } = n8n('n8n-workflow');
		Container.get(ActiveExecutions).stopExecution(execution, new ManualExecutionCancelledError(execution));
		return true;
	} catch {
		return false;
	}
}

// As Standard Webhooks has it, around the exact text that is inside.
function signed(body, secret) {
	const id = randomUUID();
	const timestamp = String(Math.floor(Date.now() / 1000));
	const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret;
	const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
	const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` };
	return JSON.stringify({ type: 'signed', headers, body });
}

module.exports = { Client, Question, asked, clients, n8n };
