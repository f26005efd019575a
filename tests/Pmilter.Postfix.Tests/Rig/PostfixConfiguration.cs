namespace Pmilter.Postfix.Tests.Rig;

/// <summary>main.cf and master.cf of a Postfix that touches nothing outside its folder and sends nothing anywhere.</summary>
internal static class PostfixConfiguration
{
    /// <summary>Mail to <c>*@maildir.test</c> lands in <c>mail/inbox/new</c>, to <c>*@discard.test</c> is thrown away, all else is refused.</summary>
    public static string MainCf(string folder, string milter) => $"""
        compatibility_level = 3.6
        queue_directory = {folder}/spool
        data_directory = {folder}/data
        command_directory = /usr/sbin
        daemon_directory = /usr/lib/postfix/sbin
        mail_owner = postfix
        setgid_group = postdrop
        meta_directory = /etc/postfix
        shlib_directory = /usr/lib/postfix
        maillog_file_prefixes = {folder}
        maillog_file = {folder}/maillog
        myhostname = mx.lab.test
        myorigin = lab.test
        mydestination =
        inet_interfaces = 127.0.0.1
        inet_protocols = all
        mynetworks = 127.0.0.0/8
        alias_maps =
        alias_database =
        local_recipient_maps =
        smtpd_relay_restrictions = permit_auth_destination, reject
        relay_domains = discard.test
        smtpd_peername_lookup = no
        smtpd_authorized_xclient_hosts = 127.0.0.0/8
        smtputf8_enable = yes
        disable_dns_lookups = yes
        smtp_dns_support_level = disabled
        default_transport = discard:
        relay_transport = discard:
        local_transport = discard:
        virtual_transport = virtual
        virtual_mailbox_domains = maildir.test
        virtual_mailbox_base = {folder}/mail
        virtual_mailbox_maps = static:inbox/
        virtual_uid_maps = static:65534
        virtual_gid_maps = static:65534
        virtual_mailbox_limit = 0
        smtpd_milters = {milter}
        milter_protocol = 6
        milter_default_action = tempfail
        milter_connect_timeout = 5s
        milter_command_timeout = 30s
        milter_content_timeout = 60s
        smtpd_client_connection_count_limit = 0
        smtpd_client_connection_rate_limit = 0
        smtpd_client_message_rate_limit = 0
        smtpd_error_sleep_time = 0
        smtpd_soft_error_limit = 1000
        smtpd_hard_error_limit = 2000
        in_flow_delay = 0
        message_size_limit = 52428800
        bounce_queue_lifetime = 0
        maximal_queue_lifetime = 0

        """;

    /// <summary>No chroot anywhere, so that a Unix socket's path means the same to both sides.</summary>
    public static string MasterCf(int port) => $"""
        127.0.0.1:{port} inet n - n - - smtpd
        pickup unix n - n 1 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        verify unix - - n - 1 verify
        flush unix n - n 1000? 0 flush
        proxymap unix - - n - - proxymap
        smtp unix - - n - - smtp
        showq unix n - n - - showq
        error unix - - n - - error
        retry unix - - n - - error
        discard unix - - n - - discard
        virtual unix - n n - - virtual
        anvil unix - - n - 1 anvil
        postlog unix-dgram n - n - 1 postlogd

        """;
}
