"""RabbitMQ: what happens is published to others, commands come from them, and questions
go to workers."""
