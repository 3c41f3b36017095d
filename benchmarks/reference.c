/* Copyright: (c) 2026, linuxnet.container contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the kernel itself takes for COUNT endpoints: the state that the modules make, marks included, in as few messages,
 * waits and changes of namespace as there can be. Prints the seconds of creating them, and with "both" of removing them, as JSON.
 * Usage: reference COUNT LINK_LOCAL GROUP ALIAS create|both, in a network and mount namespace of its own; LINK_LOCAL: 0 for none
 * in the containers; GROUP and ALIAS: the marks.
 * Sources: rtnetlink(7), namespaces(7), linux/if_link.h, linux/veth.h.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static unsigned group; /* the modules' own marks */
static char alias[64];

static char out[1 << 16];
static int length;
static unsigned sequence;
static struct nlmsghdr *last;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* Messages */

static void begin(int type, int flags, const void *body, int size)
{
    last = (void *)(out + length);
    memset(last, 0, NLMSG_SPACE(size));
    last->nlmsg_type = type;
    last->nlmsg_flags = NLM_F_REQUEST | flags;
    last->nlmsg_seq = ++sequence;
    memcpy(NLMSG_DATA(last), body, size);
    length += NLMSG_SPACE(size);
}

static struct rtattr *put(int type, const void *value, int size)
{
    struct rtattr *attribute = (void *)(out + length);
    memset(attribute, 0, RTA_SPACE(size));
    attribute->rta_type = type;
    attribute->rta_len = RTA_LENGTH(size);
    if (size)
        memcpy(RTA_DATA(attribute), value, size);
    length += RTA_SPACE(size);
    return attribute;
}

static void put_text(int type, const char *text) { put(type, text, strlen(text) + 1); }
static void put_u32(int type, unsigned value) { put(type, &value, 4); }
static void close_nest(struct rtattr *nest) { nest->rta_len = out + length - (char *)nest; }
static void end(void) { last->nlmsg_len = out + length - (char *)last; }

static void link_message(int type, int flags, int index, int up)
{
    struct ifinfomsg body = {.ifi_index = index, .ifi_flags = up ? IFF_UP : 0, .ifi_change = up ? IFF_UP : 0};
    begin(type, flags, &body, sizeof body);
}

static void no_link_local(void)
{
    unsigned char none = 1; /* IN6_ADDR_GEN_MODE_NONE */
    struct rtattr *spec = put(IFLA_AF_SPEC, NULL, 0), *inet6 = put(AF_INET6, NULL, 0);
    put(IFLA_INET6_ADDR_GEN_MODE, &none, 1);
    close_nest(inet6);
    close_nest(spec);
}

static void mark(void)
{
    put_u32(IFLA_GROUP, group);
    put_text(IFLA_IFALIAS, alias);
}

static void address(int index, unsigned ip, int prefix)
{
    struct ifaddrmsg body = {.ifa_family = AF_INET, .ifa_prefixlen = prefix, .ifa_index = index};
    unsigned wire = htonl(ip), broadcast = htonl(ip | ((1u << (32 - prefix)) - 1));
    begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
    put(IFA_ADDRESS, &wire, 4);
    put(IFA_LOCAL, &wire, 4);
    put(IFA_BROADCAST, &broadcast, 4);
    end();
}

static void default_route(int index, unsigned gateway)
{
    struct rtmsg body = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST};
    unsigned wire = htonl(gateway);
    begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
    put_u32(RTA_OIF, index);
    put(RTA_GATEWAY, &wire, 4);
    end();
}

/* Sockets and namespaces */

static int netlink(void)
{
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), one = 1;
    if (descriptor < 0)
        die("socket");
    setsockopt(descriptor, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
    return descriptor;
}

/* Sends what has been put together; the last message is acknowledged, and so everything before it done. */
static void say(int descriptor, const char *what)
{
    static char in[1 << 16];
    last->nlmsg_flags |= NLM_F_ACK;
    if (send(descriptor, out, length, 0) != length)
        die(what);
    length = 0;
    for (;;) {
        int left = recv(descriptor, in, sizeof in, 0);
        if (left < 0)
            die(what);
        for (struct nlmsghdr *answer = (void *)in; NLMSG_OK(answer, left); answer = NLMSG_NEXT(answer, left)) {
            struct nlmsgerr *told = NLMSG_DATA(answer);
            if (answer->nlmsg_type != NLMSG_ERROR)
                continue;
            if (told->error) {
                errno = -told->error;
                die(what);
            }
            if (answer->nlmsg_seq == sequence)
                return;
        }
    }
}

static void path_of(char *path, int number) { sprintf(path, "/run/netns/c%d", number); }

static void veth(int number, int bridge, int netns)
{
    char name[IFNAMSIZ];
    struct ifinfomsg body = {0};
    sprintf(name, "v%d", number);
    link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 1);
    put_text(IFLA_IFNAME, name);
    put_u32(IFLA_GROUP, group);
    put_u32(IFLA_MASTER, bridge);
    struct rtattr *info = put(IFLA_LINKINFO, NULL, 0);
    put_text(IFLA_INFO_KIND, "veth");
    struct rtattr *data = put(IFLA_INFO_DATA, NULL, 0), *peer = put(VETH_INFO_PEER, &body, sizeof body);
    put_text(IFLA_IFNAME, "eth0");
    put_u32(IFLA_NET_NS_FD, netns);
    close_nest(peer);
    close_nest(data);
    close_nest(info);
    end();
    /* Neither is heard in the message that makes it. */
    link_message(RTM_SETLINK, 0, 0, 0);
    put_text(IFLA_IFNAME, name);
    put_text(IFLA_IFALIAS, alias);
    no_link_local();
    end();
}

static void create(int count, int link_local)
{
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), host = netlink();
    mkdir("/run/netns", 0755);
    if (mount("", "/run/netns", "none", MS_SHARED | MS_REC, NULL)) {
        mount("/run/netns", "/run/netns", "none", MS_BIND | MS_REC, NULL);
        mount("", "/run/netns", "none", MS_SHARED | MS_REC, NULL);
    }
    link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 1);
    put_text(IFLA_IFNAME, "br0");
    put_u32(IFLA_GROUP, group);
    struct rtattr *info = put(IFLA_LINKINFO, NULL, 0);
    put_text(IFLA_INFO_KIND, "bridge");
    close_nest(info);
    end();
    say(host, "br0");
    int bridge = if_nametoindex("br0");
    link_message(RTM_SETLINK, 0, bridge, 0);
    put_text(IFLA_IFALIAS, alias);
    end();
    address(bridge, 0x0a010001, 16);
    say(host, "br0's address");

    for (int number = 0; number < count; number++) {
        char path[64];
        path_of(path, number);
        if (unshare(CLONE_NEWNET))
            die("unshare");
        int file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0), inside = netlink();
        if (file < 0 || mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL))
            die(path);
        close(file);
        int netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        veth(number, bridge, netns);
        say(host, "veth");
        int index = if_nametoindex("eth0");
        link_message(RTM_SETLINK, 0, 1, 1);
        mark();
        end();
        if (!link_local) {
            link_message(RTM_SETLINK, 0, index, 0);
            no_link_local();
            end();
        }
        link_message(RTM_SETLINK, 0, index, 1);
        end();
        address(index, 0x0a010000 | (number / 250) << 8 | (number % 250 + 2), 16);
            default_route(index, 0x0a010001);
        say(inside, "container");
        close(inside);
        close(netns);
    }
    if (setns(home, CLONE_NEWNET))
        die("setns");
    close(home);
    close(host);
}

/* One deletion by group, then the namespaces, which have nothing to wait for any more. */
static void delete_all(int count)
{
    int host = netlink();
    link_message(RTM_DELLINK, 0, 0, 0);
    put_u32(IFLA_GROUP, group);
    end();
    say(host, "deletion");
    close(host);
    for (int number = 0; number < count; number++) {
        char path[64];
        path_of(path, number);
        if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) || unlink(path))
            die(path);
    }
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return fprintf(stderr, "usage: reference COUNT LINK_LOCAL GROUP ALIAS create|both\n"), 2;
    int count = atoi(argv[1]);
    group = atoi(argv[3]);
    snprintf(alias, sizeof alias, "%s", argv[4]);
    double start = now();
    create(count, atoi(argv[2]));
    printf("{\"create\": %.6f", now() - start);
    if (!strcmp(argv[5], "both")) {
        start = now();
        delete_all(count);
        printf(", \"remove\": %.6f", now() - start);
    }
    puts("}");
    return 0;
}
