// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /sys/kernel/debug/daedalus_v4l2/
 *
 *   broker     1 if a broker is there and has said HELLO, else 0
 *   stats      counters since the module was loaded, "name value" a line
 *   sessions   one line a session that is not closed
 *   test_ping  write anything: send a PING to the broker; read: how many PING
 *              were sent and PONG received, and the last PONG's cookie
 *   test_freeze  write 1 or 0: what the watchdog is told before processes are
 *              frozen for a suspend, and after
 */

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "daedalus_dev.h"

static int daedalus_broker_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%d\n", daedalus_broker_ready(m->private));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(daedalus_broker);

static int daedalus_stats_show(struct seq_file *m, void *unused)
{
	struct daedalus_dev *dev = m->private;
	struct daedalus_stats *stats = &dev->stats;
	const struct {
		const char *name;
		const atomic64_t *value;
	} lines[] = {
		{ "requests", &stats->requests },
		{ "frames_done", &stats->frames_done },
		{ "frames_error", &stats->frames_error },
		{ "cancelled", &stats->cancelled },
		{ "timeouts", &stats->timeouts },
		{ "bytes_copied", &stats->bytes_copied },
		{ "sessions", &stats->sessions },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		seq_printf(m, "%s %lld\n", lines[i].name,
			   (long long)atomic64_read(lines[i].value));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(daedalus_stats);

static int daedalus_sessions_show(struct seq_file *m, void *unused)
{
	struct daedalus_dev *dev = m->private;
	struct daedalus_broker *broker = &dev->broker;
	struct daedalus_session *session;
	unsigned long id;

	mutex_lock(&broker->lock);
	xa_for_each(&broker->sessions, id, session)
		seq_printf(m, "id %u codec %p4cc taken %d inflight %u pid %d\n",
			   session->id, &session->codec, session->taken,
			   READ_ONCE(session->ctx->num_inflight),
			   READ_ONCE(session->pid));
	mutex_unlock(&broker->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(daedalus_sessions);

static int daedalus_test_ping_show(struct seq_file *m, void *unused)
{
	struct daedalus_dev *dev = m->private;
	struct daedalus_stats *stats = &dev->stats;

	seq_printf(m, "pings %lld\npongs %lld\nlast_pong %u\n",
		   (long long)atomic64_read(&stats->pings),
		   (long long)atomic64_read(&stats->pongs),
		   atomic_read(&stats->last_pong));
	return 0;
}

static int daedalus_test_ping_open(struct inode *inode, struct file *file)
{
	return single_open(file, daedalus_test_ping_show, inode->i_private);
}

static ssize_t daedalus_test_ping_write(struct file *file,
					const char __user *buf, size_t count,
					loff_t *pos)
{
	struct seq_file *m = file->private_data;

	return daedalus_broker_ping(m->private) ? : count;
}

static const struct file_operations daedalus_test_ping_fops = {
	.owner		= THIS_MODULE,
	.open		= daedalus_test_ping_open,
	.read		= seq_read,
	.write		= daedalus_test_ping_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static int daedalus_test_freeze_set(void *unused, u64 frozen)
{
	daedalus_session_freeze(frozen);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(daedalus_test_freeze_fops, NULL,
			 daedalus_test_freeze_set, "%llu\n");

void daedalus_debugfs_init(struct daedalus_dev *dev)
{
	struct dentry *dir = debugfs_create_dir(DAEDALUS_NAME, NULL);

	dev->debugfs = dir;
	debugfs_create_file("broker", 0444, dir, dev, &daedalus_broker_fops);
	debugfs_create_file("stats", 0444, dir, dev, &daedalus_stats_fops);
	debugfs_create_file("sessions", 0444, dir, dev,
			    &daedalus_sessions_fops);
	debugfs_create_file("test_ping", 0600, dir, dev,
			    &daedalus_test_ping_fops);
	debugfs_create_file_unsafe("test_freeze", 0200, dir, NULL,
				   &daedalus_test_freeze_fops);
}

void daedalus_debugfs_exit(struct daedalus_dev *dev)
{
	debugfs_remove(dev->debugfs);
}
