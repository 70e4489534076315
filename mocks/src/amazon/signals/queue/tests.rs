use super::*;

const RETENTION: Micros = Micros::from_secs(4 * 86_400);

fn send(queue: &mut Queue, at: Micros) {
    queue.send(at, Notification::of_text(0, at));
    if queue.made.is_multiple_of(TIDY_EVERY) {
        queue.tidy(at, RETENTION);
    }
}

#[test]
fn a_queue_that_nobody_reads_does_not_grow_for_ever() {
    let mut queue = Queue::new("1", "q", Micros::from_secs(30), Micros::ZERO);
    for minute in 0..100_000 {
        send(&mut queue, Micros::from_secs(60 * minute));
    }
    // Four days of one message a minute, and what has come since the last look.
    let most = 4 * 24 * 60 + TIDY_EVERY as usize;
    assert!(queue.messages.len() <= most, "{}", queue.messages.len());
    assert!(queue.visible.len() + queue.available.len() <= 2 * most);
    let now = Micros::from_secs(60 * 100_000);
    let received = queue.receive(now, 10, Micros::from_secs(30), RETENTION);
    assert_eq!(received.len(), 10);
    assert!(received.iter().all(|it| it.arrived_at + RETENTION > now));
}

#[test]
fn texts_are_forgotten_with_their_messages_and_bounded_by_bytes() {
    let profile = profile::Profile::named("amazon-default").unwrap();
    let mut queues = Queues::new(&profile.queue, 1, 2);
    let queue = queues.ensure("1", "q", Micros::ZERO);
    let second = Micros::from_secs(1);
    let send = |queues: &mut Queues, length: usize| {
        let text = queues.keep_text(&"x".repeat(length), Box::default(), None);
        queues.queues[queue].send(second, Notification::of_text(text, second));
    };
    for _ in 0..1_000 {
        send(&mut queues, 1_000);
        let received = queues.queues[queue].receive(second, 1, second, RETENTION);
        queues.delete(queue, second, received[0].receipt);
    }
    assert!(queues.texts.len() <= 2, "{}", queues.texts.len());
    for _ in 0..200 {
        send(&mut queues, 1 << 20);
    }
    assert!(queues.text_bytes <= MOST_TEXT_BYTES);
    // The oldest messages are lost, and no message is without its text.
    let mut received = Vec::new();
    for _ in 0..20 {
        received.extend(queues.queues[queue].receive(second, 10, second, RETENTION));
    }
    assert_eq!(received.len(), MOST_TEXT_BYTES >> 20);
    for message in received {
        let text = message.notification.text().unwrap();
        assert_eq!(queues.text(text).len(), 1 << 20);
    }
}

#[test]
fn messages_that_are_being_worked_on_stay() {
    let mut queue = Queue::new("1", "q", Micros::from_secs(30), Micros::ZERO);
    send(&mut queue, Micros::ZERO);
    let held = queue.receive(Micros(1), 1, Micros::from_secs(43_200), RETENTION);
    for second in 0..5_000 {
        send(&mut queue, Micros::from_secs(second));
    }
    assert!(queue.find(held[0].receipt).is_some());
}
