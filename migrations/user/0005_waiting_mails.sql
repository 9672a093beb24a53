-- Letters about orders are posted by the thousand: an index of them by recipient, whose every entry lands on a page of
-- its own, was most of what posting wrote. Who looks for a person's mails reads those that wait (mails_due: few, but
-- after a rush), and finds those given up here.
DROP INDEX mails_recipient;
CREATE INDEX mails_dead ON mails (recipient) WHERE state = 'dead';
